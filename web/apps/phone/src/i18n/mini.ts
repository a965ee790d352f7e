/** The words of mini-programs. */
export const zh = {
  'mini.title': '小程序', 'code.mini': '小程序码', 'mini.recent': '最近使用', 'mini.others': '更多小程序', 'mini.empty': '还没有小程序', 'mini.emptyHint': '在模拟器里创建一个小程序，它就会出现在这里。',
  'mini.path': '页面路径', 'mini.query': '参数', 'mini.scene': '场景值', 'mini.openid': 'openid', 'mini.noQuery': '（无）', 'mini.pages': '页面',
  'mini.noWeb': '这个页面没有配置网页地址。小程序代码不在模拟器里运行，下面是打开它时小程序会收到的内容。', 'mini.noPage': '正式版里没有这个页面',
  'mini.login': '登录：生成 js_code', 'mini.phone': '授权手机号：生成 code', 'mini.subscribe': '订阅消息', 'mini.contact': '联系客服', 'mini.share': '转发给朋友', 'mini.home': '回到首页', 'mini.codeFor': '{what}（5 分钟内有效，只能用一次）',
  'mini.posted': 'wx.miniProgram.postMessage：{n} 条消息', 'mini.codeLogin': 'js_code', 'mini.codePhone': '手机号 {phone} 的 code', 'mini.asks': '申请发送一次性订阅消息', 'mini.always': '总是保持以上选择，不再询问', 'mini.left': '还可发送 {n} 次', 'mini.subscribed': '已更新订阅',
  'mini.orders': '小程序购物订单', 'mini.ordersHint': '发货、物流和确认收货', 'mini.noOrders': '还没有订单', 'mini.noOrdersHint': '在小程序里付款之后，订单会出现在这里。', 'mini.confirm': '确认收货',
  'mini.confirmAsk': '确认收到商品了吗？', 'mini.confirmText': '确认后，货款将结算给商家。', 'mini.confirmed': '已确认收货', 'mini.confirmsAt': '{time} 自动确认收货',
  'mini.state1': '待发货', 'mini.state2': '已发货', 'mini.state3': '已收货', 'mini.state4': '交易完成', 'mini.state5': '已退款', 'mini.state6': '已收货，货款待结算',
}
/** The same in English. */
export const en: Record<keyof typeof zh, string> = {
  'mini.title': 'Mini Programs', 'code.mini': 'Mini program code', 'mini.recent': 'Recently used', 'mini.others': 'More mini programs', 'mini.empty': 'No mini programs yet', 'mini.emptyHint': 'Create one in the simulator and it appears here.',
  'mini.path': 'Page', 'mini.query': 'Query', 'mini.scene': 'Scene', 'mini.openid': 'openid', 'mini.noQuery': '(none)', 'mini.pages': 'Pages',
  'mini.noWeb': 'No web address is set for this page. The code of mini programs does not run in the simulator; this is what it would receive on launch.', 'mini.noPage': 'The released version has no such page',
  'mini.login': 'Log in: make a js_code', 'mini.phone': 'Share phone number: make a code', 'mini.subscribe': 'Subscription messages', 'mini.contact': 'Customer service', 'mini.share': 'Forward to a friend', 'mini.home': 'Home page', 'mini.codeFor': '{what} (valid for 5 minutes, once)',
  'mini.posted': 'wx.miniProgram.postMessage: {n} messages', 'mini.codeLogin': 'js_code', 'mini.codePhone': 'Code of phone {phone}', 'mini.asks': 'asks to send one-time messages', 'mini.always': 'Keep these choices and do not ask again', 'mini.left': '{n} left to send', 'mini.subscribed': 'Subscriptions updated',
  'mini.orders': 'Mini program orders', 'mini.ordersHint': 'Shipping, tracking and receipt', 'mini.noOrders': 'No orders yet', 'mini.noOrdersHint': 'What you pay for in a mini program appears here.', 'mini.confirm': 'Confirm receipt',
  'mini.confirmAsk': 'Have you received the goods?', 'mini.confirmText': 'The money then goes to the merchant.', 'mini.confirmed': 'Receipt confirmed', 'mini.confirmsAt': 'Confirmed automatically at {time}',
  'mini.state1': 'To be shipped', 'mini.state2': 'Shipped', 'mini.state3': 'Received', 'mini.state4': 'Completed', 'mini.state5': 'Refunded', 'mini.state6': 'Received, settling',
}
