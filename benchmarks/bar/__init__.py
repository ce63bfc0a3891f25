"""Does the default method lose to random anywhere? Case by case, on real sets."""
