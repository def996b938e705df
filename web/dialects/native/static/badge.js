// the badge
