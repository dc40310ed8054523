"""An empty list with its headers, an example and an explanation, for people with a spreadsheet."""

from pathlib import Path
from typing import Final

import xlsxwriter

from bridgewatch.config.importing.columns import Column
from bridgewatch.config.importing.examples import EXAMPLES

_WIDTH: Final = 22
_GUIDE: Final = (
    "Mỗi dòng là một đường truyền của một điểm cầu, hoặc một đầu mối liên hệ. Xoá các dòng ví dụ.",
    "One line is a link of a site, or a contact. Delete the examples.",
    "",
    "Điểm cầu có hai đường truyền thì có hai dòng cùng mã. Cột trống được bỏ qua; cột lạ không được đọc.",
    "A site with two links has two lines with the same id. Empty cells say nothing; unknown columns neither.",
    "",
    "Đầu mối của doanh nghiệp viễn thông: để trống điểm cầu, ghi nhà mạng, họ tên, điện thoại.",
    "A carrier's contact: no site; carrier, name and phone.",
    "",
    "Cấp: tỉnh, huyện, xã. Đường truyền: WAN (TSLCD) hoặc Internet (FTTH, 4G). Băng thông: 20M, 100/50 Mbps.",
)


def write_template(path: Path) -> None:
    """Write the workbook. Raises FileExistsError rather than overwrite, and OSError."""
    with path.open("xb") as file, xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as workbook:
        text = workbook.add_format({"num_format": "@"})
        bold = workbook.add_format({"bold": True, "text_wrap": True, "bottom": 1})
        example = workbook.add_format({"num_format": "@", "italic": True, "font_color": "#666666"})
        sheet = workbook.add_worksheet("Danh sách")
        sheet.set_column(0, len(Column) - 1, _WIDTH, text)
        sheet.freeze_panes(1, 2)
        for index, column in enumerate(Column):
            sheet.write_string(0, index, column.value, bold)
            for row, values in enumerate(EXAMPLES, 1):
                if column in values:
                    sheet.write_string(row, index, values[column], example)
        guide = workbook.add_worksheet("Hướng dẫn")
        guide.set_column(0, 0, 110)
        for row, line in enumerate(_GUIDE):
            guide.write_string(row, 0, line)
