"""How fast the desk is: measured by ``make bench``, never asserted by a test.

Each module measures one part and yields figures; ``__main__`` prints them.
"""
