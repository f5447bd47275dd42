"""The command line: one module a command, which parses arguments and prints."""
