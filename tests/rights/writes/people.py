"""Who sends the writes."""

from tests.rights.counties import LAIFENG, XIANFENG

CLERK, HEAD, _, ADMIN, PERMISSIONS = XIANFENG.holders
FAR_ADMIN = LAIFENG.holders[3]
CUSTODIAN = "qinxuemei"  # a colleague of the county
OTHER_ADMIN = "tanguifang"  # the second account administrator of the county
DESIGNER = XIANFENG.username("process_designer")
PUBLISHER = XIANFENG.username("process_publisher")
REPAIRER, FAR_REPAIRER = (place.username("system_admin") for place in (XIANFENG, LAIFENG))
SECOND_REPAIRER = "duanshiyu"  # of the whole region
TESTER, FAR_TESTER = (place.username("process_tester") for place in (XIANFENG, LAIFENG))
