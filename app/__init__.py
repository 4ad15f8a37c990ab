"""Where everything is constructed: settings, logs, the running house, the commands."""
