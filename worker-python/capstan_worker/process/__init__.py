"""The worker as an operating-system process: its pipes, its log lines, its end."""
