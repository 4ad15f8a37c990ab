"""A double of FCM HTTP v1 and of the Google token endpoint that goes with it."""
