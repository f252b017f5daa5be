"""Pages for prospects. A GET changes nothing about a person, except a visit where their mode allows it; none is logged."""

from starlette.routing import Route

from prospecting.web.public import classes, diagnosing, gestures, gifts, invitations, objections, private, space
from prospecting.web.public.front import Front, public

POST = ("POST",)


def routes(front: Front) -> list[Route]:
    """Every public address of product.md that a person opens."""
    return [
        public(front, "/g/{slug}", gifts.open_gift),
        public(front, "/g/{slug}", gestures.press_on_gift, methods=POST),
        public(front, "/g/{slug}/file", gifts.file_of_gift),
        public(front, "/g/{slug}/{token}", gifts.open_personal),
        public(front, "/g/{slug}/{token}/file", gifts.file_of_gift),
        public(front, "/g/{slug}/{token}/read", gifts.read_gift, methods=POST),
        public(front, "/c/{token}", gifts.tracked),
        public(front, "/a/{token}", gestures.gesture_page),
        public(front, "/a/{token}", gestures.press_by_mail, methods=POST),
        public(front, "/u/{token}", objections.objection_page),
        public(front, "/u/{token}", objections.object_now, methods=POST),
        public(front, "/p/{token}", space.open_space),
        public(front, "/p/{token}", space.change_space, methods=POST),
        public(front, "/p/private/{token}", private.private_door),
        public(front, "/p/private/{token}", private.private_page, methods=POST),
        public(front, "/m/{token}", invitations.invitation_page),
        public(front, "/m/{token}", invitations.choose, methods=POST),
        public(front, "/d/{slug}", diagnosing.diagnostic_page),
        public(front, "/d/{slug}", diagnosing.show_report, methods=POST),
        public(front, "/d/{slug}/{report}", diagnosing.open_report),
        public(front, "/e/{slug}", classes.class_page),
        public(front, "/e/{slug}", classes.register, methods=POST),
    ]
