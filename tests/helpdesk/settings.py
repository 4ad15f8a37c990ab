"""How an operator sets up django-helpdesk: what its manual asks for, and what this desk means by its statuses."""

import os

SECRET_KEY = "desk-of-the-tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "rest_framework",
    "helpdesk",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.request",
            ]
        },
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["HELPDESK_DATABASE"]}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Each question by Basic costs one check of the password.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
STATIC_URL = "static/"
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
SITE_ID = 1
LOGIN_URL = "helpdesk:login"

HELPDESK_TEAMS_MODE_ENABLED = False
# Staff see the queues that they were given, and no others.
HELPDESK_ENABLE_PER_QUEUE_STAFF_PERMISSION = True
HELPDESK_TICKET_STATUS_CHOICES = (
    (1, "Open"),
    (2, "Reopened"),
    (3, "Resolved"),
    (4, "Closed"),
    (5, "Duplicate"),
    (6, "Waiting for the applicant"),
    (7, "Declined"),
)
HELPDESK_TICKET_OPEN_STATUSES = (1, 2, 6)
# A ticket is closed when the applicant has what was resolved, and becomes open again when the applicant has answered.
HELPDESK_TICKET_STATUS_CHOICES_FLOW = {
    1: (1, 3, 5, 6, 7),
    2: (2, 3, 5, 6, 7),
    3: (2, 3, 4),
    4: (2, 4),
    5: (2, 5),
    6: (1, 5, 6, 7),
    7: (2, 7),
}
