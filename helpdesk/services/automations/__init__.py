"""What is done to tickets by itself: as they arrive, and when nobody has touched them for long."""
