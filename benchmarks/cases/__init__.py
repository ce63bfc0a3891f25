"""One file a task; a file's ``CASES`` are its sizes."""
