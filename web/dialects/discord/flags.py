"""The names of Discord's public flags (spec/lantern.md section 5.1)."""

_NAMES = {
    0: "Staff",
    1: "Partner",
    2: "Hypesquad",
    3: "BugHunterLevel1",
    4: "MFASMS",
    5: "PremiumPromoDismissed",
    6: "HypeSquadOnlineHouse1",
    7: "HypeSquadOnlineHouse2",
    8: "HypeSquadOnlineHouse3",
    9: "PremiumEarlySupporter",
    10: "TeamPseudoUser",
    13: "HasUnreadUrgentMessages",
    14: "BugHunterLevel2",
    16: "VerifiedBot",
    17: "VerifiedDeveloper",
    18: "CertifiedModerator",
    19: "BotHTTPInteractions",
    20: "Spammer",
    21: "DisablePremium",
    22: "ActiveDeveloper",
    44: "Quarantined",
    50: "Collaborator",
    51: "RestrictedCollaborator",
}


def names(bits: int) -> list[str]:
    """The names of the set bits in ascending order; a bit without a name has none."""
    return [name for bit, name in _NAMES.items() if bits >> bit & 1]
