"""Every kind of gateway. The next one is a module in `gateways/` and a line here."""

from collections.abc import Mapping
from typing import Final

from bridgewatch.adapters.notify.gateways import (
    esms,
    mail,
    other,
    stringee,
    telegram,
    webhook,
    zalo_bot,
    zalo_oa,
    zalo_zns,
)
from bridgewatch.adapters.notify.kind import Kind
from bridgewatch.model.paging import GatewayKind

KINDS: Final[Mapping[GatewayKind, Kind]] = {
    GatewayKind.MAIL: mail.KIND,
    GatewayKind.TELEGRAM: telegram.KIND,
    GatewayKind.ZALO_BOT: zalo_bot.KIND,
    GatewayKind.ZALO_OA: zalo_oa.KIND,
    GatewayKind.ZALO_ZNS: zalo_zns.KIND,
    GatewayKind.ESMS: esms.KIND,
    GatewayKind.STRINGEE: stringee.KIND,
    GatewayKind.WEBHOOK: webhook.KIND,
    GatewayKind.APPRISE: other.KIND,
}
