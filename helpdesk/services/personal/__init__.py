"""Personal data: checked when it comes in, sealed while it is kept, erased when its time is up."""
