"""What rules ask of a program: one folder a family."""
