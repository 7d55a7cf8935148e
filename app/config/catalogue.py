"""Every setting, for whoever installs the product."""

from app.config.types import MIN_SECRET, MIN_TOKEN, Described

CATALOGUE = (
    Described(
        "DATABASE_URL",
        "PostgreSQL 的地址（15 或以上）；make run 自带一个",
        "PostgreSQL, 15 or newer; `make run` brings its own",
        is_secret=True,
    ),
    Described(
        "OWNER_DATABASE_URL",
        "表的属主的地址，只给 make up 用一次：升级表结构，给 DATABASE_URL 的角色授权；不保存",
        "the owner of the tables, for `make up` alone: migrates, and lets the role of "
        "`DATABASE_URL` in; never kept",
        is_secret=True,
    ),
    Described(
        "REDIS_URL",
        "Redis 的地址，只用来叫醒后台任务；make run 自带一个",
        "Redis, which only wakes the workers; `make run` brings its own",
        is_secret=True,
    ),
    Described(
        "SECRET_KEY",
        f"保护登录会话和表单的密钥，至少 {MIN_SECRET} 个字符",
        f"guards sessions and forms; {MIN_SECRET} characters or more",
        is_secret=True,
    ),
    Described(
        "FIELD_KEYS",
        "加密身份证号、电话和申请内容的密钥：编号:Base64（32 字节），逗号隔开，第一个是当前密钥",
        "encrypt answers, ID and phone numbers: `id:base64` of 32 bytes, comma separated, "
        "the first is current",
        is_secret=True,
    ),
    Described(
        "FIELD_CIPHER",
        "用什么算法加密：aes-256-gcm 或国密 sm4-gcm；两种都能解开",
        "how they are encrypted: `aes-256-gcm` or `sm4-gcm`; both open",
        "aes-256-gcm",
    ),
    Described(
        "DATA_DIR",
        "数据目录；其中的 settings.env 是正在运行的系统的设置",
        "the folder of data; `settings.env` in it holds the running site's settings",
        "var",
    ),
    Described(
        "AUDIT_EXPORT_DIR",
        "审计封存的导出目录，最好在另一台机器上（挂载），数据库管理员改不到的地方",
        "the folder that seals of the audit trail are appended to; best on another machine, "
        "where whoever operates the database cannot write",
        "DATA_DIR/audit",
    ),
    Described("PORT", "网站的端口", "port of the site", "8000"),
    Described(
        "BASE_URL",
        "别人打开本网站的地址，印在二维码里",
        "address under which others reach the site; it is in the QR codes",
        "http://127.0.0.1:PORT",
    ),
    Described(
        "TRUSTED_PROXIES",
        "前面的反向代理的地址（可写网段），逗号隔开；只有它们说的来访地址才算数",
        "addresses or networks of your reverse proxies, comma separated; only theirs is the "
        "`X-Forwarded-For` that is believed",
    ),
    Described(
        "REGION", "地区，对应 regions/ 下的文件", "the region, a file in `regions/`", "enshi"
    ),
    Described("TIMEZONE", "时区", "time zone", "Asia/Shanghai"),
    Described(
        "LOG_FORMAT",
        "日志的样子：text 给人看，json 给程序看",
        "`text` for people, `json` for programs",
        "text",
    ),
    Described(
        "PASSWORD_POLICY",
        "密码规则：DB 按等级保护（三种字符，管理岗位 90 天一换），ASVS 只看长度和常见密码",
        "`DB`: three classes of characters, administrators renew every 90 days (等保); "
        "`ASVS`: length and common passwords only",
        "DB",
    ),
    Described(
        "DEMO",
        "1 表示演示：有虚构的人，页面和打印件都写“演示数据”",
        "`1` means demonstration: invented people, 演示数据 on pages and prints",
        "0",
    ),
    Described(
        "CLOCK_OFFSET_FILE",
        "写着秒数的文件，让系统时钟走快或走慢；只能用于演示",
        "file with seconds to add to the clock; refused unless `DEMO=1`",
    ),
    Described(
        "REVEAL_LIMIT",
        "每人每天最多查看多少个完整的身份证号和电话",
        "how many whole ID and phone numbers a person may see a day",
        "50",
    ),
    Described(
        "SCANNER",
        "病毒扫描程序 clamd 的地址：unix:/run/clamav/clamd.ctl 或 tcp:主机:端口；"
        "设了而它不应答，就不收文件",
        "clamd, the virus scanner: `unix:/run/clamav/clamd.ctl` or `tcp:host:port`; "
        "named and silent, no file is taken",
    ),
    Described(
        "WEBHOOK_HOSTS",
        "向内部地址推送时允许的主机名、地址或网段，逗号隔开；不写的内部地址一律不推送，"
        "http:// 也只能用于写在这里的",
        "host names, addresses or networks inside your nets that webhooks may be sent to, comma "
        "separated; any other private address is refused, and `http://` with it",
    ),
    Described(
        "METRICS_TOKEN",
        f"监控程序取 /metrics 用的令牌，至少 {MIN_TOKEN} 个字符；不设就没有这个地址",
        f"the bearer token that opens `/metrics`, {MIN_TOKEN} characters or more; without it "
        "there is no such address",
        is_secret=True,
    ),
    Described(
        "PROMETHEUS_MULTIPROC_DIR",
        "同一台机器上的各进程放计数的目录，启动程序会设好；要在内存里（tmpfs）",
        "the folder in which the processes of one machine keep their counts; the launcher sets it, "
        "in memory (tmpfs)",
    ),
    Described(
        "SMTP_URL",
        "发邮件通知用的邮件服务器：smtp://主机:25、smtps://用户:密码@主机:465 或 "
        "smtp+starttls://用户:密码@主机:587；不设就不发邮件",
        "the mail server for notifications: `smtp://host:25`, `smtps://user:password@host:465` or "
        "`smtp+starttls://user:password@host:587`; without it no mail is sent",
        is_secret=True,
    ),
    Described(
        "MAIL_FROM",
        "邮件通知的发件地址，设了 SMTP_URL 就要设",
        "the address that mails come from; needed with `SMTP_URL`",
    ),
    Described(
        "CHAT_SERVICES",
        "准许发到哪些群聊（apprise 的名字），逗号隔开：wecombot（企业微信）、dingtalk（钉钉）、"
        "feishu、lark；其他的要写明主机，例如 jsons:push.example.gov.cn；不设就不发",
        "chats that may be written to, by their names in apprise, comma separated: `wecombot`, "
        "`dingtalk`, `feishu`, `lark`; any other with its host, as `jsons:push.example.gov.cn`; "
        "without it none",
    ),
    Described(
        "SMS_GATEWAYS",
        "短信网关（JSON，写法见运维手册“短信网关”），第一个优先",
        "SMS gateways, JSON (how: operator guide, SMS gateways), the first comes first",
        is_secret=True,
    ),
)
