/** Words of the developer's desk. */
export const zh = {
  'tool.setup': '接入',
  'fault.push': '消息推送', 'fault.outcome': '支付与退款的结果', 'fault.code': '指定错误码', 'fault.parallel': '并发超限', 'fault.cut': '做完，回答到一半断线', 'fault.skew': '时间戳偏移', 'fault.rotate': '更换平台证书', 'fault.late': '迟到（模拟器时间）', 'fault.reorder': '顺序颠倒',
  'fault.userpaying': '需要输入密码（USERPAYING）', 'fault.payerror': '支付失败（PAYERROR）', 'fault.refund_abnormal': '退款异常', 'fault.refund_closed': '退款关闭', 'fault.refund_processing': '退款处理中',
  'fault.seconds': '秒数', 'fault.errcode': '错误码', 'fault.status': 'HTTP 状态（可空）', 'fault.message': '错误描述（可空）', 'fault.filters': '只发生在', 'fault.filtersHint': '都可以留空；填了的都要符合。', 'fault.mchid': '商户号', 'fault.appid': 'AppID 或 CorpID', 'fault.person': '人物或 openid', 'fault.ref': '单号', 'fault.event': '事件', 'fault.probability': '概率（0–1）',
  'log.kind.work': '企业微信', 'log.kind.carrier': '快递', 'log.kind.ads': '广告', 'log.kind.proxy': '代理', 'log.verdict': '结果', 'log.verdict.all': '全部结果', 'log.pause': '暂停记录', 'log.resume': '继续记录', 'log.paused': '已暂停，新的请求不会记下来。', 'log.clear': '清空', 'log.har': '导出 HAR',
  'log.decrypted': '解密后的内容', 'log.replay': '重放', 'log.replayed': '这是第 {seq} 条的重放', 'log.curl': '复制 cURL', 'copied': '已复制', 'copy.failed': '复制失败，请手工选择',
  'clock.next': '下一件到期的事', 'clock.nextNone': '没有等待中的事', 'clock.jump': '跳到那一刻', 'clock.in': '{d}后', 'clock.waiting': '共 {n} 件在等',
  'd.d': '{n} 天 ', 'd.h': '{n} 小时 ', 'd.m': '{n} 分 ', 'd.s': '{n} 秒',
  'setup.point': '把 SDK 指到这里', 'setup.baseShort': '接口地址', 'setup.ca': '下载 CA 证书', 'setup.caHint': '两种接法选一种：把接口地址换成这里，或者走代理、SDK 一行不改并信任 CA。Node 用 NODE_EXTRA_CA_CERTS，Go 用 SSL_CERT_FILE，Python 用 REQUESTS_CA_BUNDLE。',
  'setup.world': '世界', 'setup.seed': '填充示例', 'setup.seedHint': '一个服务号、一个商户、一家企业和三个人。', 'setup.snapshot': '下载快照', 'setup.reset': '清空', 'setup.resetAsk': '清空所有人、账号和订单？微信自己的密钥会保留。', 'setup.resetYes': '确定清空', 'setup.cancel': '取消',
  'setup.accounts': '公众号与小程序', 'setup.merchants': '商户', 'setup.keys': '平台密钥', 'setup.rotate': '更换平台证书', 'setup.rotated': '已更换，新证书 {serial}', 'setup.none': '还没有', 'setup.add': '新建', 'setup.name': '名称', 'setup.callback': '服务器地址（可空）', 'setup.verify': '验证服务器地址', 'setup.verified': '验证通过',
  'setup.copy': '复制{what}',
}
export const en: typeof zh = {
  'tool.setup': 'Connect',
  'fault.push': 'Message push', 'fault.outcome': 'Outcome of payments and refunds', 'fault.code': 'A code of your choice', 'fault.parallel': 'Too many at once', 'fault.cut': 'Done, answer breaks off', 'fault.skew': 'Timestamp off', 'fault.rotate': 'Platform certificate rotated', 'fault.late': 'Late (simulator time)', 'fault.reorder': 'Out of order',
  'fault.userpaying': 'Password needed (USERPAYING)', 'fault.payerror': 'Payment fails (PAYERROR)', 'fault.refund_abnormal': 'Refund abnormal', 'fault.refund_closed': 'Refund closed', 'fault.refund_processing': 'Refund stays processing',
  'fault.seconds': 'Seconds', 'fault.errcode': 'Code', 'fault.status': 'HTTP status (optional)', 'fault.message': 'Message (optional)', 'fault.filters': 'Only for', 'fault.filtersHint': 'All optional; what is filled in must all fit.', 'fault.mchid': 'Merchant', 'fault.appid': 'AppID or CorpID', 'fault.person': 'Person or openid', 'fault.ref': 'Number', 'fault.event': 'Event', 'fault.probability': 'Probability (0–1)',
  'log.kind.work': 'WeCom', 'log.kind.carrier': 'Carriers', 'log.kind.ads': 'Ads', 'log.kind.proxy': 'Proxy', 'log.verdict': 'Verdict', 'log.verdict.all': 'All verdicts', 'log.pause': 'Pause', 'log.resume': 'Resume', 'log.paused': 'Paused: new requests are not kept.', 'log.clear': 'Clear', 'log.har': 'Export HAR',
  'log.decrypted': 'Decrypted', 'log.replay': 'Replay', 'log.replayed': 'This is entry {seq} sent again', 'log.curl': 'Copy cURL', 'copied': 'Copied', 'copy.failed': 'Copying failed, select by hand',
  'clock.next': 'Next thing to fall due', 'clock.nextNone': 'Nothing is waiting', 'clock.jump': 'Jump there', 'clock.in': 'in {d}', 'clock.waiting': '{n} waiting',
  'd.d': '{n} d ', 'd.h': '{n} h ', 'd.m': '{n} min ', 'd.s': '{n} s',
  'setup.point': 'Point an SDK here', 'setup.baseShort': 'base URL', 'setup.ca': 'Download the CA', 'setup.caHint': 'Take one: replace the hosts by the base URL, or go through the proxy with the SDK unchanged and trust the CA. Node: NODE_EXTRA_CA_CERTS, Go: SSL_CERT_FILE, Python: REQUESTS_CA_BUNDLE.',
  'setup.world': 'World', 'setup.seed': 'Fill with examples', 'setup.seedHint': 'A service account, a merchant, a company and three people.', 'setup.snapshot': 'Download a snapshot', 'setup.reset': 'Empty', 'setup.resetAsk': 'Remove all people, accounts and orders? WeChat’s own keys stay.', 'setup.resetYes': 'Yes, empty it', 'setup.cancel': 'Cancel',
  'setup.accounts': 'Accounts and mini-programs', 'setup.merchants': 'Merchants', 'setup.keys': 'Platform keys', 'setup.rotate': 'Rotate the platform certificate', 'setup.rotated': 'Rotated; the new one is {serial}', 'setup.none': 'None yet', 'setup.add': 'Create', 'setup.name': 'Name', 'setup.callback': 'Server URL (optional)', 'setup.verify': 'Verify the server URL', 'setup.verified': 'Verified',
  'setup.copy': 'Copy {what}',
}
