/** Words of official accounts: what a person sends them, their articles and their notices. */
export const zh = {
  'plus.open': '更多功能', 'plus.photo': '照片', 'plus.shoot': '拍摄', 'plus.place': '位置', 'plus.voice': '语音文件', 'plus.video': '视频', 'plus.tooBig': '文件不能超过 10 MB', 'plus.bad': '文件读不出来', 'plus.sending': '正在发送…',
  'where.title': '发送位置', 'where.name': '地点名称', 'where.label': '详细地址', 'where.lat': '纬度', 'where.lng': '经度', 'where.send': '发送', 'where.here': '当前位置', 'where.bad': '请填写正确的经纬度', 'where.open': '查看位置',
  'notice.title': '{name} 申请', 'notice.text': '给你发送以下订阅通知', 'notice.always': '总是保持以上选择，不再询问', 'notice.allow': '允许', 'notice.refuse': '取消', 'notice.none': '没有可以订阅的通知',
  'articles.title': '历史消息', 'articles.empty': '还没有发过消息', 'articles.emptyHint': '这个账号群发的文章会出现在这里。', 'account.history': '历史消息', 'account.receive': '接收消息', 'account.receiveNote': '关闭后，不再收到它的通知和群发', 'menu.unsupported': '这种菜单还打不开：{type}',
}

export const en: Record<keyof typeof zh, string> = {
  'plus.open': 'More', 'plus.photo': 'Photos', 'plus.shoot': 'Camera', 'plus.place': 'Location', 'plus.voice': 'Voice file', 'plus.video': 'Video', 'plus.tooBig': 'A file may have 10 MB at most', 'plus.bad': 'The file cannot be read', 'plus.sending': 'Sending…',
  'where.title': 'Send a location', 'where.name': 'Place', 'where.label': 'Address', 'where.lat': 'Latitude', 'where.lng': 'Longitude', 'where.send': 'Send', 'where.here': 'Where I am', 'where.bad': 'Enter a valid latitude and longitude', 'where.open': 'Show the location',
  'notice.title': '{name} asks', 'notice.text': 'to send you these notices', 'notice.always': 'Keep these choices and do not ask again', 'notice.allow': 'Allow', 'notice.refuse': 'Cancel', 'notice.none': 'There are no notices to subscribe to',
  'articles.title': 'History', 'articles.empty': 'Nothing was sent yet', 'articles.emptyHint': 'Articles that this account sends to everyone appear here.', 'account.history': 'History', 'account.receive': 'Receive messages', 'account.receiveNote': 'When off, its notices and mass messages do not arrive', 'menu.unsupported': 'This kind of menu entry cannot be opened: {type}',
}
