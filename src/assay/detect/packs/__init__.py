"""Rules of other tools as identifiers of ours: what can be said is, what cannot is told with file, line, rule and reason."""
