"""Readers of formats whose libraries may be led astray by hostile bytes: each runs in a process of its own.

Modules here with a `main` are what runs there. They get an open file and a request, write frames, and know nothing of
the scan; the process may use so much memory and time, writes no file, and ends with its parent. `process` starts and
ends them.
"""
