"""How rows are read, written, claimed and logged, whatever they are about."""
