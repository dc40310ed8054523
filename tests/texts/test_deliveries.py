"""What keeps a message from somebody reads as whose mistake it is, in the reader's language."""

import pytest

from bridgewatch.model.ids import ContactId, GatewayId, IncidentId, MessageId
from bridgewatch.model.log import Attempted, Called, Composed
from bridgewatch.model.paging import Audience, Lapse, MessageKind, Role, Urgency, Why
from bridgewatch.model.words import Language
from bridgewatch.texts.deliveries import tell_gateways, tell_lost, tell_more_lost, tell_store
from bridgewatch.texts.lapses import tell_lapse
from bridgewatch.texts.tale import Teller
from bridgewatch.texts.tale_words import tale_words
from tests.answers.desk import AN, NOW_NS, ONE, inventory

PAGE = MessageId("m1")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("lapse", Lapse)
def test_a_mistake_of_our_own_is_told_as_that_and_never_as_the_providers(
    lapse: Lapse, language: Language
) -> None:
    teller = Teller(inventory(), language, {IncidentId("i1"): "K7P"})
    teller.tell(
        Composed(
            at_ns=NOW_NS,
            message=PAGE,
            contact=AN,
            kind=MessageKind.PAGE,
            incidents=(ONE,),
            urgency=Urgency.DARK,
        )
    )
    told = teller.tell(
        Attempted(
            at_ns=NOW_NS,
            message=PAGE,
            gateway=GatewayId("tin-nhan"),
            attempt=1,
            delivered=False,
            permanent=True,
            detail="ESMS_API_KEY",
            lapse=lapse,
        )
    )
    assert tell_lapse(lapse, "ESMS_API_KEY", language) in told
    assert tale_words(language).refused not in told
    assert told.count("ESMS_API_KEY") == 1


def test_both_languages_have_words_of_their_own() -> None:
    for lapse in Lapse:
        assert tell_lapse(lapse, "x", Language.VI) != tell_lapse(lapse, "x", Language.EN)
    vi, en = (
        (
            tell_gateways(["zalo"], Why.GATEWAY_FAILING, language),
            tell_store(language),
            tell_lost("Hà (0100)", 3, "08:00", language),
            tell_more_lost(2, language),
        )
        for language in (Language.VI, Language.EN)
    )
    assert all(one != other for one, other in zip(vi, en, strict=True))


def test_whoever_was_called_is_named_with_the_number_to_call() -> None:
    called = Called(
        at_ns=NOW_NS,
        incident=ONE,
        contact=AN,
        step=0,
        audience=Audience.CARRIER,
        role=Role.DUTY,
        why=Why.ON_DUTY,
    )
    contact = inventory().directory.contacts[ContactId(AN)]
    assert contact.phone is not None
    assert f"{contact.name} ({contact.phone})" in Teller(inventory(), Language.EN, {}).tell(called)
