"""Where a consent lands: the same-user check, then the vault may redeem the code; and the connected accounts."""
