"""What Lantern and Lanyard share: a person as Discord would show them, whoever made the claims. Pure."""
