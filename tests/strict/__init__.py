"""What AWS refuses and the emulator lets pass: a layer of checks in front of it, as a WSGI application."""
