"""What leaves the desk: written down first, sent by the worker, settled once."""
