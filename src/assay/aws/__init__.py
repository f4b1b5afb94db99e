"""What everything that talks to AWS stands on: sessions, pages, ARNs, failures, declared calls. It judges nothing."""
