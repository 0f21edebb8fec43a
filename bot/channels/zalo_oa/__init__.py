"""The Zalo Official Account channel (OpenAPI v3.0 and v2.0, OAuth v4)."""

from bot.channels.zalo_oa.adapter import Stores, ZaloOaAdapter
from bot.channels.zalo_oa.settings import SignedId, ZaloOaSettings

__all__ = ["SignedId", "Stores", "ZaloOaAdapter", "ZaloOaSettings"]
