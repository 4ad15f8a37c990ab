"""From a recorded transition to a phone: rules at send time, wording, channels, and the dispatcher."""
