"""An operational explorer that shares no code with the simulator, to check it against."""
