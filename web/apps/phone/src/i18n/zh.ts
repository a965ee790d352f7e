import { zh as mini } from './mini'
import { zh as official } from './official'
import { zh as social } from './social'
import { zh as pay } from './pay'
import { zh as desk } from './desk'
import { zh as service } from './service'
import { zh as work } from './work'

/** The words of the phone page, in Chinese; en.ts has the same keys. */
export const zh = {
  ...mini,
  ...official,
  ...pay,
  ...desk,
  ...service,
  ...work,
  ...social,
  'app.name': '口袋微信',
  back: '返回', close: '关闭', more: '更多', cancel: '取消', ok: '确定', save: '保存', remove: '删除', choose: '请选择', search: '搜索',
  allow: '允许', refuse: '拒绝', copy: '复制', copied: '已复制', copyRefused: '浏览器不允许复制', optional: '选填', tabs: '主导航',
  'state.loading': '加载中…', 'state.error': '出了点问题', 'state.retry': '再试一次', 'state.empty': '这里还没有内容',
  'line.down': '与模拟器的连接断开了，正在重连…',
  'first.hint': '这里还没有人。创建第一个人物，就能拿到一部手机。',

  'tab.chats': '微信', 'tab.contacts': '通讯录', 'tab.discover': '发现', 'tab.me': '我',
  'chats.title': '微信', 'chats.titleUnread': '微信({n})', 'chats.empty': '还没有聊天', 'chats.emptyHint': '关注一个服务号，或给朋友发条消息。', 'chats.find': '找服务号和朋友',
  'chats.markRead': '标为已读', 'chats.pin': '置顶聊天', 'chats.unpin': '取消置顶', 'chats.mute': '消息免打扰', 'chats.unmute': '取消免打扰',
  'contacts.accounts': '服务号', 'contacts.empty': '还没有其他人', 'contacts.emptyHint': '在模拟器面板里再创建一个人物，就能互相聊天和分享。', 'contacts.sum': '{n}位朋友',
  'accounts.empty': '还没有关注服务号', 'accounts.emptyHint': '搜一搜，或者扫描它的二维码。',
  'discover.moments': '朋友圈', 'discover.momentsNote': '朋友圈还没有开放', 'discover.scan': '扫一扫', 'discover.search': '搜一搜',
  'search.hint': '搜索服务号和朋友', 'search.none': '没有找到“{q}”', 'search.nothing': '还没有服务号和其他人', 'search.noneHint': '换个词试试，或者请店家先在模拟器里开一个服务号。', 'search.people': '朋友',
  'me.wallet': '服务', 'me.addresses': '收货地址', 'me.settings': '设置', 'me.wechatId': '微信号：{id}', 'me.region': '地区：{region}',
  'person.chat': '发消息', 'person.gone': '找不到这个人',

  'account.noIntro': '这个账号还没有写介绍。', 'account.kind': '账号类型', 'account.service': '服务号', 'account.subscription': '公众号', 'account.subject': '账号主体', 'account.id': '原始 ID',
  'account.follow': '关注', 'account.followed': '已关注', 'account.enter': '发消息', 'account.unfollow': '不再关注', 'account.unfollowAsk': '不再关注“{name}”？', 'account.unfollowText': '不再关注后，将不再收到它发来的消息。',

  'chat.details': '聊天信息', 'chat.empty': '还没有消息', 'chat.emptyHint': '在下面打个招呼吧。', 'chat.emptyPay': '支付和退款的凭证会出现在这里。',
  'chat.input': '输入消息', 'chat.send': '发送', 'chat.sending': '发送中', 'chat.resend': '没有发出去，重新发送', 'chat.faces': '表情', 'chat.keyboard': '切换到键盘', 'chat.menu': '切换到菜单', 'chat.image': '图片', 'chat.voice': '语音',
  'card.details': '查看详情', 'card.bill': '账单详情', 'card.mini': '小程序', 'card.miniNote': '这里还不能打开小程序',

  'wallet.balance': '零钱', 'wallet.topUp': '充值', 'wallet.toppedUp': '充值成功', 'wallet.spent': '本月支出', 'wallet.income': '本月收入', 'wallet.bills': '账单',
  'wallet.amount': '充值金额（元）', 'wallet.now': '当前零钱 {money}', 'wallet.amountHint': '请输入 0.01 元到 100 万元之间的金额',
  'bills.empty': '还没有账单', 'bills.emptyHint': '付款、退款和充值之后，账单会出现在这里。', 'bills.older': '查看更早的账单',
  'bill.title': '账单详情', 'bill.state': '当前状态', 'bill.goods': '商品', 'bill.merchant': '商户全称', 'bill.time': '支付时间', 'bill.method': '支付方式', 'bill.transaction': '交易单号', 'bill.outTradeNo': '商户单号', 'bill.combined': '合单单号',
  'bill.refund': '退款', 'bill.refundTime': '退款时间', 'bill.refundReason': '退款原因', 'bill.refundNo': '退款单号', 'bill.contact': '联系商家',

  'pay.title': '请输入支付密码', 'pay.orders': '合并支付（{n}笔订单）', 'pay.method': '付款方式', 'pay.balance': '零钱（剩余 {money}）', 'pay.typed': '已输入{n}位密码', 'pay.keypad': '数字键盘', 'pay.erase': '退格',
  'pay.wrong': '支付密码错误，还可以输入{n}次', 'pay.busy': '正在支付…', 'pay.short': '零钱还差 {money}', 'pay.topUp': '充值后付款', 'pay.done': '支付成功', 'pay.finish': '完成', 'pay.comma': '、',
  'pay.state.paid': '这笔订单已经付过款了', 'pay.state.cancelled': '这次付款已经取消', 'pay.state.expired': '付款时间已过，请回到商家重新下单', 'pay.state.closed': '商家已关闭这笔订单',

  'scan.camera': '相机画面', 'scan.starting': '正在打开相机…', 'scan.noCamera': '没有相机。可以把二维码图片拖进来、粘贴，或从下面选一张。', 'scan.picture': '选择图片', 'scan.reading': '识别中…', 'scan.type': '输入条码或网址',
  'scan.nothing': '这张图片里没有找到二维码', 'scan.noPicture': '这个文件不是能识别的图片', 'scan.others': '其他屏幕上的码', 'scan.noCodes': '别处没有显示二维码', 'scan.noCodesHint': '店铺海报、电脑收银台显示的码会出现在这里。', 'scan.result': '扫描结果',
  'code.account': '服务号', 'code.link': '网页', 'code.pay': '付款', 'code.text': '文本', 'code.group': '群聊',

  'web.loading': '加载中', 'web.late': '网页打开得太慢，请检查商家的服务器是否在运行', 'web.menu': '网页菜单', 'web.from': '此网页由 {host} 提供', 'web.share': '发送给朋友', 'web.moments': '分享到朋友圈', 'web.later': '未开放',
  'web.reload': '刷新', 'web.copy': '复制链接', 'web.browser': '用浏览器打开', 'web.placeTitle': '允许获取你的位置？', 'web.placeText': '{site} 想知道你在哪里', 
  'share.title': '选择一个朋友', 'share.to': '发送给：{name}', 'share.sent': '已发送',
  'images.title': '选择图片', 'images.camera': '拍照', 'images.album': '从相册选择', 'images.tooMany': '最多选择{n}张图片', 'images.tooBig': '图片不能超过 10 MB', 'images.broken': '图片打不开', 'images.previous': '上一张', 'images.next': '下一张',
  'place.title': '位置', 'place.at': '纬度 {lat}，经度 {lng}', 'place.note': '离线运行，不显示地图。',
  'address.choose': '选择收货地址', 'address.empty': '还没有收货地址', 'address.emptyHint': '加一个地址，网页就能直接取用。', 'address.add': '新增地址', 'address.removeAsk': '删除这个地址？', 'address.missing': '请把地址填完整', 'address.badPhone': '请输入 11 位手机号',
  'address.name': '收货人', 'address.phone': '手机号码', 'address.province': '省份', 'address.city': '城市', 'address.district': '区县', 'address.detail': '详细地址', 'address.postal_code': '邮政编码',

  'settings.language': '语言', 'settings.simulator': '模拟器', 'settings.switch': '切换人物', 'settings.tools': '模拟器工具', 'settings.toolsNote': '请求记录、通知、时钟、故障',
  'panel.hide': '收起面板', 'panel.show': '展开面板', 'panel.phoneOf': '{name}的手机', 'panel.putAway': '收起这部手机',
  'tool.people': '人物', 'tool.log': '记录', 'tool.notices': '通知', 'tool.clock': '时钟', 'tool.faults': '故障', 'tool.screen': '屏幕',
  'people.hint': '点选人物，把手机放到桌上。这个窗口放得下{n}部。', 'people.shown': '在桌上', 'people.add': '＋ 新建人物', 'people.name': '名字', 'people.balance': '零钱（元）', 'people.password': '支付密码（6 位数字）', 'people.make': '创建',
  'clock.real': '真实时间', 'clock.frozen': '已停住', 'clock.running': '加速', 'clock.shifted': '已拨动', 'clock.advance': '快进', 'clock.1min': '1 分钟', 'clock.1h': '1 小时', 'clock.1d': '1 天', 'clock.7d': '7 天', 'clock.30d': '30 天',
  'clock.pace': '走时', 'clock.freeze': '停住', 'clock.go': '继续走', 'clock.set': '设为', 'clock.reset': '回到真实时间', 'clock.hint': '快进时，到期的通知、超时和账单会按顺序发生。',
  'fault.pause': '暂停所有支付通知', 'fault.add': '新的故障', 'fault.target': '发生在', 'fault.call': '接口调用', 'fault.notification': '支付通知', 'fault.kind': '故障', 'fault.path': '接口路径（前缀，可空）', 'fault.count': '次数', 'fault.delayMs': '延迟（毫秒）',
  'fault.system_error': '系统错误', 'fault.rate_limit': '频率超限', 'fault.delay': '延迟', 'fault.timeout_after_work': '做完后断线', 'fault.drop': '不处理就断线', 'fault.duplicate': '重复发送',
  'fault.plant': '埋下故障', 'fault.planted': '等着发生的故障', 'fault.none': '没有故障，一切正常。', 'fault.left': '还剩{n}次', 'fault.clear': '全部清除',
  'notices.empty': '还没有支付通知', 'notices.emptyHint': '付款或退款之后，发给商户的通知会列在这里。', 'notices.waiting': '等待中', 'notices.delivered': '已送达', 'notices.given_up': '已放弃', 'notices.tries': '发送{n}次', 'notices.next': '下次 {at}', 'notices.send': '再发一次',
  'screen.hint': '把一段文字变成二维码，放到“其他屏幕”上，手机就能扫到。', 'screen.title': '名称', 'screen.counter': '收银台', 'screen.text': '内容', 'screen.put': '显示二维码', 'screen.qr': '二维码',
  'log.search': '搜索路径、内容、原因', 'log.kind': '类别', 'log.kind.all': '全部', 'log.kind.api': '公众号接口', 'log.kind.pay': '支付接口', 'log.kind.push': '消息推送', 'log.kind.notify': '支付通知', 'log.kind.page': '网页',
  'log.none': '没有符合的记录', 'log.empty': '还没有请求', 'log.emptyHint': '程序调用微信接口、微信推送消息，都会记在这里。', 'log.older': '更早的记录', 'log.list': '全部记录', 'log.ok': '通过', 'log.refused': '被拒绝', 'log.failed': '失败', 'log.signString': '签名串', 'log.request': '请求', 'log.response': '应答',
}
