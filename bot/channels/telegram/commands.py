"""The menu of commands beside the text field. Each is one of the set words of the conversation."""

from __future__ import annotations

from typing import Final

MENU: Final[tuple[tuple[str, str], ...]] = (
    ("start", "Bắt đầu, xem trợ lý giúp được gì"),
    ("help", "Xem hướng dẫn"),
    ("guicanbo", "Gửi câu hỏi, phản ánh, góp ý cho cán bộ"),
    ("thucuatoi", "Xem phản ánh đã gửi và trả lời"),
    ("noio", "Khai hoặc đổi nơi ở để nhận hướng dẫn phù hợp"),
    ("dangky", "Đăng ký nhận tin tuyên truyền"),
    ("dovui", "Đố vui, thi trắc nghiệm về phòng cháy"),
    ("dientap", "Diễn tập thoát nạn tại nhà, từng bước"),
    ("stop", "Dừng nhận tin"),
    ("dulieu", "Xem dữ liệu trợ lý đang lưu về bạn"),
    ("xoadulieu", "Xóa dữ liệu của bạn"),
    ("lienket", "Dùng chung với Zalo và trang chat"),
    ("huy", "Hủy việc đang làm dở"),
)
"""(command without its slash, description in Vietnamese): at most 100, descriptions of at most 256 characters."""
