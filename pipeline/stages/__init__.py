"""The stages, one thin file each: they wire pure functions and engines to the runner."""
