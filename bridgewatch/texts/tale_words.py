"""The words of an incident's story, in both languages; braces are filled in by `str.format`."""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.words import Language


@dataclass(frozen=True, slots=True)
class TaleWords:
    """One language."""

    noticed: str
    suspected: str
    certain: str
    grew: str
    changed: str
    shrank: str
    more: str
    unanswered: str
    refusals: str
    witness: str
    limit: str
    usual_loss: str
    weighed: str
    dark: str
    impaired: str
    reduced: str
    folded: str
    opened: str
    recovered: str
    closed: str
    closed_by: str
    stepped: str
    stepped_again: str
    hastened: str
    put_off: str
    called: str
    of_roster: str
    climbed: str
    gap: str
    everywhere: str
    acknowledged: str
    help_asked: str
    declined: str
    entered_by: str
    to_message: str
    raised_again: str
    muted: str
    unmuted: str
    informed: str
    composed: str
    attempted: str
    attempt: str
    to_whom: str
    delivered: str
    failed: str
    refused: str
    not_sent: str
    last_failure: str
    retry: str
    past_dark: str
    unreached: str
    dead_letter: str
    silence_set: str
    silence_lifted: str
    forced: str
    event_closed: str
    event_extended: str
    clock_stepped: str
    throughput_asked: str
    throughput_by_itself: str
    throughput_began: str
    throughput_ended: str
    province: str
    district: str
    commune: str


_VI: Final = TaleWords(
    noticed="phát hiện {kind}: {subject}; mã {code}; thuộc {audience}; bắt đầu lúc {began}",
    suspected="nghi {}",
    certain="không còn là nghi ngờ: đã chắc chắn",
    grew="thêm {count} đường truyền ({why}): {which}",
    changed="hiện nay: {why}",
    shrank="bớt {count} đường truyền ({why}): {which}",
    more="và {} nơi khác",
    unanswered="{} gói đo liên tiếp không phản hồi (cần {}) từ {}",
    refusals="gói đo bị đích từ chối từ {1}: {0}",
    witness="đường khác vẫn phản hồi lúc {}",
    limit="{reason} {limit} của hồ sơ {profile}",
    usual_loss="bình thường mất gói {}",
    weighed="mức độ: {}",
    dark="điểm cầu mất kết nối: {}",
    impaired="điểm cầu bị ảnh hưởng: {}",
    reduced="điểm cầu mất dự phòng: {}",
    folded="{child} gộp vào sự cố {into}, không gọi riêng cho {child} nữa: {why}",
    opened="bắt đầu gọi người: {why}; {phase}, chính sách {policy}",
    recovered="đã khôi phục toàn bộ",
    closed="đóng sự cố: {why}",
    closed_by="{} đóng sự cố",
    stepped_again="gọi lại bước {step} của chính sách {policy}{why}; lần sau lúc {next}",
    stepped="bước {step} của chính sách {policy}{why}; bước sau lúc {next}",
    hastened="bước sau sớm hơn, lúc {next}, theo chính sách {policy}: {why}",
    put_off="chính sách {policy}: giờ không làm phiền, trước {until} không gọi ai",
    called="gọi {who}: {what}; {why}",
    of_roster=", lịch trực {}",
    climbed="cấp dưới không có người trực",
    gap="không ai trực: {role}, {audience}, tại {area}, ở bước {step}",
    everywhere="mọi nơi",
    acknowledged="{who} nhận xử lý, {way}",
    help_asked="{who} cần hỗ trợ, {way}",
    declined="{who} báo không thuộc phần mình, {way}",
    entered_by=", do {} nhập",
    to_message=", trả lời tin {}",
    raised_again="gọi tiếp: {}",
    muted="tạm ngưng cảnh báo theo {}: không gọi thêm ai",
    unmuted="hết tạm ngưng cảnh báo",
    informed="báo cho {who}: {what}",
    composed="tin {message} ({kind}) cho {who}, về {codes}",
    attempted="tin {message}{who} qua {through}{again}: {outcome}",
    attempt=", lần {}",
    to_whom=" cho {}",
    delivered="đã gửi",
    failed="chưa gửi được",
    refused="bị từ chối hẳn",
    last_failure="lần gửi gần nhất: {}",
    not_sent="không gửi được do lỗi của đơn vị vận hành: {}",
    retry=", thử lại lúc {}",
    past_dark="đường ra {} đang mất, kênh cần nó xếp sau",
    unreached="tin {message}: mọi kênh của {who} đều chưa gửi được",
    dead_letter="tin {message}: không kênh nào của {who} nhận, thôi không thử nữa",
    silence_set="{who} đặt tạm ngưng cảnh báo {silence} cho {what}, từ {starts} đến {ends}: {note}",
    silence_lifted="{who} bỏ tạm ngưng cảnh báo {silence}",
    forced="buộc thực hiện",
    event_closed="{1} kết thúc sự kiện {0}",
    event_extended="{1} kéo dài sự kiện {0} đến {2}",
    clock_stepped="đồng hồ được chỉnh {} s",
    throughput_asked="{who} yêu cầu đo băng thông {link}: phép đo {test}{note}",
    throughput_by_itself="đến hạn đo băng thông {link}: phép đo {test}",
    throughput_began="phép đo {test} bắt đầu, dùng tối đa {size}",
    throughput_ended="phép đo {test} {end}{why}, đã dùng {size}",
    province="cấp tỉnh",
    district="cấp huyện",
    commune="cấp xã",
)
_EN: Final = TaleWords(
    noticed="noticed: {kind}, {subject}; code {code}; for {audience}; it began at {began}",
    suspected="suspected {}",
    certain="suspected no longer: certain",
    grew="{count} links joined ({why}): {which}",
    changed="now: {why}",
    shrank="{count} links left ({why}): {which}",
    more="and {} more",
    unanswered="{} probes in a row unanswered ({} needed) since {}",
    refusals="probes refused by the target since {1}: {0}",
    witness="others on the same egress answered at {}",
    limit="{reason} {limit} of profile {profile}",
    usual_loss="it usually loses {}",
    weighed="it means: {}",
    dark="sites dark: {}",
    impaired="sites impaired: {}",
    reduced="sites without a spare: {}",
    folded="{child} was folded into incident {into}, nobody is called for {child} any more: {why}",
    opened="people are called from now on: {why}; {phase}, policy {policy}",
    recovered="everything recovered",
    closed="closed: {why}",
    closed_by="closed by {}",
    stepped_again="step {step} of policy {policy} again{why}; the next time at {next}",
    stepped="step {step} of policy {policy}{why}; the next follows at {next}",
    hastened="the next step comes sooner, at {next}, by policy {policy}: {why}",
    put_off="policy {policy}: quiet hours, nobody is called before {until}",
    called="call {who}: {what}; {why}",
    of_roster=", roster {}",
    climbed="nobody is on duty lower down",
    gap="nobody on duty: {role}, {audience}, at {area}, in step {step}",
    everywhere="any place",
    acknowledged="{who} has it, {way}",
    help_asked="{who} needs help, {way}",
    declined="{who} says that it is not theirs, {way}",
    entered_by=", entered by {}",
    to_message=", to message {}",
    raised_again="paging goes on: {}",
    muted="silence {} covers it: nobody more is called",
    unmuted="no silence covers it any more",
    informed="tell {who}: {what}",
    composed="message {message} ({kind}) to {who}, about {codes}",
    attempted="message {message}{who} through {through}{again}: {outcome}",
    attempt=", attempt {}",
    to_whom=" to {}",
    delivered="delivered",
    failed="failed",
    refused="refused for good",
    last_failure="the last attempt: {}",
    not_sent="not sent, by a mistake of our own: {}",
    retry=", again at {}",
    past_dark="what needs egress {} comes last while that is dark",
    unreached="message {message}: every channel of {who} has failed so far",
    dead_letter="message {message}: no channel of {who} took it, and none is tried any more",
    silence_set="{who} set silence {silence} over {what}, from {starts} to {ends}: {note}",
    silence_lifted="{who} lifted silence {silence}",
    forced="forced",
    event_closed="{1} closed event {0}",
    event_extended="{1} let event {0} go on until {2}",
    clock_stepped="the clock was set by {} s",
    throughput_asked="{who} asked for a throughput test of {link}: test {test}{note}",
    throughput_by_itself="a throughput test of {link} was due: test {test}",
    throughput_began="test {test} began; it takes {size} at most",
    throughput_ended="test {test} {end}{why}; it took {size}",
    province="province",
    district="district",
    commune="commune",
)


def tale_words(language: Language) -> TaleWords:
    """The words of a language."""
    return _VI if language is Language.VI else _EN
