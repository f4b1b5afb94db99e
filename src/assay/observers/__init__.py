"""What reads the real state of resources, and changes nothing."""
