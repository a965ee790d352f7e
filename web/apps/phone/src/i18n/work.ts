/** Words of WeCom: a member's app and the members a customer knows. */
export const zh = {
  'work.name': '企业微信', 'work.leave': '回到微信', 'work.tab.messages': '消息', 'work.tab.bench': '工作台', 'work.tab.contacts': '通讯录', 'work.tab.me': '我',
  'work.empty': '还没有消息', 'work.emptyHint': '客户添加你之后，或者应用发来消息时，会出现在这里。',
  'work.contact': '客户联系', 'work.customers': '我的客户', 'work.requests': '新的客户', 'work.code': '我的二维码', 'work.colleagues': '同事',
  'work.customersEmpty': '还没有客户', 'work.customersHint': '把你的二维码给客户扫一扫，就能加为客户。', 'work.find': '搜索姓名、备注或标签', 'work.noneFound': '没有找到客户',
  'work.requestsEmpty': '没有等待通过的客户', 'work.requestsHint': '有人扫了需要验证的二维码，会出现在这里。', 'work.accept': '通过', 'work.ignore': '忽略', 'work.accepted': '已添加为客户', 'work.hello': '对方留言：{text}', 'work.noHello': '没有留言',
  'work.wechat': '@微信', 'work.lost': '已删除你', 'work.customer': '客户资料', 'work.remark': '备注', 'work.description': '描述', 'work.company': '企业', 'work.mobiles': '电话', 'work.tags': '标签', 'work.noTags': '未设置', 'work.tagsEmpty': '企业还没有客户标签', 'work.tagsHint': '管理员可以在管理后台或通过接口添加企业标签。',
  'work.since': '添加时间', 'work.way': '来源', 'work.state': '渠道参数', 'work.others': '其他跟进人', 'work.saved': '已保存', 'work.none': '未填写',
  'work.chat': '发消息', 'work.delete': '删除客户', 'work.deleteAsk': '删除客户“{name}”？', 'work.deleteText': '删除后，对方发来的消息将被拒收。', 'work.deleted': '已删除',
  'work.way.0': '未知', 'work.way.1': '扫描二维码', 'work.way.3': '名片分享', 'work.way.4': '群聊', 'work.way.13': '微信联系人', 'work.way.16': '获客链接', 'work.way.201': '内部成员共享', 'work.way.202': '管理员分配', 'work.way.other': '其他',
  'work.codeHint': '微信扫一扫，添加我为联系人', 'work.department': '部门', 'work.position': '职务', 'work.corpName': '企业全称', 'work.userid': '账号', 'work.customerCount': '客户', 'work.people': '{n}人',
  'staff.title': '企业微信联系人', 'staff.empty': '还没有企业微信联系人', 'staff.emptyHint': '扫一扫商家的企业微信二维码，就能添加店员。', 'staff.corp': '企业', 'staff.position': '职务', 'staff.add': '添加到通讯录', 'staff.chat': '发消息',
  'staff.waiting': '已发送申请，等待对方通过', 'staff.sent': '已发送，等待对方验证', 'staff.remove': '删除联系人', 'staff.removeAsk': '删除“{name}”？', 'staff.removeText': '删除后，将收不到对方发来的消息。', 'staff.removed': '已删除', 'code.staff': '企业微信',
} as const

export const en: Record<keyof typeof zh, string> = {
  'work.name': 'WeCom', 'work.leave': 'Back to WeChat', 'work.tab.messages': 'Messages', 'work.tab.bench': 'Workbench', 'work.tab.contacts': 'Contacts', 'work.tab.me': 'Me',
  'work.empty': 'No messages yet', 'work.emptyHint': 'Customers who add you and messages of applications appear here.',
  'work.contact': 'Customer contact', 'work.customers': 'My customers', 'work.requests': 'New customers', 'work.code': 'My QR code', 'work.colleagues': 'Colleagues',
  'work.customersEmpty': 'No customers yet', 'work.customersHint': 'Let customers scan your code to add them.', 'work.find': 'Name, remark or tag', 'work.noneFound': 'No customer found',
  'work.requestsEmpty': 'Nobody is waiting', 'work.requestsHint': 'Who scans a code that needs confirmation appears here.', 'work.accept': 'Accept', 'work.ignore': 'Ignore', 'work.accepted': 'Added as a customer', 'work.hello': 'They say: {text}', 'work.noHello': 'No words',
  'work.wechat': '@WeChat', 'work.lost': 'Deleted you', 'work.customer': 'Customer', 'work.remark': 'Remark', 'work.description': 'Description', 'work.company': 'Company', 'work.mobiles': 'Telephone', 'work.tags': 'Tags', 'work.noTags': 'None', 'work.tagsEmpty': 'The company has no customer tags', 'work.tagsHint': 'An administrator adds them in the console or by the API.',
  'work.since': 'Added', 'work.way': 'Source', 'work.state': 'Channel', 'work.others': 'Also with', 'work.saved': 'Saved', 'work.none': 'Empty',
  'work.chat': 'Message', 'work.delete': 'Delete customer', 'work.deleteAsk': 'Delete “{name}”?', 'work.deleteText': 'Their messages will be refused.', 'work.deleted': 'Deleted',
  'work.way.0': 'Unknown', 'work.way.1': 'QR code', 'work.way.3': 'Name card', 'work.way.4': 'Group chat', 'work.way.13': 'WeChat contact', 'work.way.16': 'Acquisition link', 'work.way.201': 'Shared by a colleague', 'work.way.202': 'Assigned', 'work.way.other': 'Other',
  'work.codeHint': 'Scan with WeChat to add me', 'work.department': 'Department', 'work.position': 'Position', 'work.corpName': 'Company', 'work.userid': 'Account', 'work.customerCount': 'Customers', 'work.people': '{n}',
  'staff.title': 'WeCom contacts', 'staff.empty': 'No WeCom contacts yet', 'staff.emptyHint': 'Scan a shop’s WeCom code to add its staff.', 'staff.corp': 'Company', 'staff.position': 'Position', 'staff.add': 'Add to contacts', 'staff.chat': 'Message',
  'staff.waiting': 'Sent, waiting for confirmation', 'staff.sent': 'Sent, waiting for confirmation', 'staff.remove': 'Delete contact', 'staff.removeAsk': 'Delete “{name}”?', 'staff.removeText': 'You will get no more messages from them.', 'staff.removed': 'Deleted', 'code.staff': 'WeCom',
}
