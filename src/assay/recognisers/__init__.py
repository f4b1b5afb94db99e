"""Services that look at text or pictures besides our own detectors, where they are asked for: clear text leaves the process."""
