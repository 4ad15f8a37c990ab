"""What a description may say, part by part (form 0)."""
