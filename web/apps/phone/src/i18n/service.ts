/** Words of bills' services: complaints, transfers, months. */
export const zh = {
  'service.doubt': '对订单有疑惑', 'service.refund': '申请退款', 'service.complain': '投诉商家', 'service.progress': '查看投诉进度', 'service.doubtTitle': '请选择需要的服务',
  'service.refundNote': '商家会收到你的申请，最多可退 {money}', 'service.complainNote': '向微信支付反馈商家的问题',
  'refund.PROCESSING': '退款处理中', 'refund.SUCCESS': '退款成功', 'refund.ABNORMAL': '退款异常，商家会再次处理', 'refund.CLOSED': '退款关闭',
  'bill.refundState': '退款状态', 'bills.all': '全部账单', 'bills.month': '{y}年{m}月', 'bills.spent': '支出 {money}', 'bills.income': '收入 {money}', 'bills.choose': '选择月份', 'bills.noneInMonth': '这个月没有账单',
  'complain.title': '投诉商家', 'complain.refundTitle': '申请退款', 'complain.type': '投诉类型', 'complain.REFUND': '申请退款', 'complain.SERVICE_NOT_WORK': '付款后没有得到服务或商品', 'complain.OTHERS': '其他问题',
  'complain.amount': '退款金额', 'complain.yuan': '元', 'complain.detail': '问题说明', 'complain.detailHint': '请说明遇到的问题，商家和微信支付会看到', 'complain.pictures': '图片凭证（选填）', 'complain.add': '添加图片', 'complain.removePicture': '删除图片 {n}',
  'complain.phone': '手机号', 'complain.phoneHint': '方便商家联系你', 'complain.submit': '提交', 'complain.promise': '提交后商家应在 24 小时内回复，72 小时内处理完成。',
  'complain.badAmount': '退款金额需在 0.01 元到 {money} 之间', 'complain.badDetail': '请说明遇到的问题', 'complain.badPhone': '请填写 11 位手机号', 'complain.order': '{merchant} · {money}',
  'talk.title': '投诉详情', 'talk.PENDING': '等待商家处理', 'talk.PROCESSING': '商家处理中', 'talk.PROCESSED': '商家已处理完成', 'talk.withdrawn': '你已撤诉',
  'talk.answerBy': '商家应在 {time} 前回复', 'talk.doneBy': '商家应在 {time} 前处理完成', 'talk.late': '商家没有按时处理，可以申请微信支付客服介入', 'talk.apply': '申请退款 {money}', 'talk.APPROVE': '商家同意退款', 'talk.REJECT': '商家拒绝退款', 'talk.platform': '微信支付客服已介入',
  'talk.input': '补充说明', 'talk.continueInput': '为什么继续投诉？', 'talk.continue': '继续投诉', 'talk.withdraw': '撤诉', 'talk.withdrawAsk': '确定撤诉吗？', 'talk.withdrawText': '撤诉后商家不再处理，之后可以重新投诉。',
  'talk.callPlatform': '申请客服介入', 'talk.leavePlatform': '取消客服介入', 'talk.picture': '发送图片', 'talk.me': '我', 'talk.bill': '查看账单', 'talk.order': '订单 {money}',
  'transfer.title': '商家转账', 'transfer.from': '{merchant} 给你转账', 'transfer.kind': '收款说明', 'transfer.remark': '转账备注', 'transfer.time': '转账时间', 'transfer.until': '{time} 前未确认，将退还给商家', 'transfer.accept': '确认收款', 'transfer.busy': '正在到账…',
  'transfer.SUCCESS': '已存入零钱', 'transfer.FAIL': '转账已失效', 'transfer.CANCELLED': '商家已撤销转账', 'transfer.CANCELING': '商家已撤销转账', 'transfer.TRANSFERING': '正在到账，稍后可在账单查看', 'transfer.ACCEPTED': '商家正在发起转账', 'transfer.done': '完成', 'transfer.balance': '已存入你的零钱',
}

export const en: Record<keyof typeof zh, string> = {
  'service.doubt': 'Questions about this order', 'service.refund': 'Ask for a refund', 'service.complain': 'Complain about the merchant', 'service.progress': 'Follow the complaint', 'service.doubtTitle': 'What do you need?',
  'service.refundNote': 'The merchant gets your request; up to {money}', 'service.complainNote': 'Tell WeChat Pay about a problem with the merchant',
  'refund.PROCESSING': 'Refund on its way', 'refund.SUCCESS': 'Refunded', 'refund.ABNORMAL': 'Refund stuck; the merchant will try again', 'refund.CLOSED': 'Refund closed',
  'bill.refundState': 'Refund', 'bills.all': 'All bills', 'bills.month': '{y}-{m}', 'bills.spent': 'Spent {money}', 'bills.income': 'Received {money}', 'bills.choose': 'Choose a month', 'bills.noneInMonth': 'No bills in this month',
  'complain.title': 'Complaint', 'complain.refundTitle': 'Refund request', 'complain.type': 'What is it about?', 'complain.REFUND': 'I want a refund', 'complain.SERVICE_NOT_WORK': 'I paid and got nothing', 'complain.OTHERS': 'Something else',
  'complain.amount': 'Amount', 'complain.yuan': 'yuan', 'complain.detail': 'What happened', 'complain.detailHint': 'The merchant and WeChat Pay will read it', 'complain.pictures': 'Pictures (optional)', 'complain.add': 'Add pictures', 'complain.removePicture': 'Remove picture {n}',
  'complain.phone': 'Phone', 'complain.phoneHint': 'So that the merchant can reach you', 'complain.submit': 'Send', 'complain.promise': 'The merchant should answer within 24 hours and be done within 72.',
  'complain.badAmount': 'The amount must be 0.01 yuan to {money}', 'complain.badDetail': 'Say what happened', 'complain.badPhone': 'A mobile number has 11 digits', 'complain.order': '{merchant} · {money}',
  'talk.title': 'Complaint', 'talk.PENDING': 'Waiting for the merchant', 'talk.PROCESSING': 'The merchant is on it', 'talk.PROCESSED': 'The merchant says it is settled', 'talk.withdrawn': 'You withdrew it',
  'talk.answerBy': 'Answer due by {time}', 'talk.doneBy': 'Due to be settled by {time}', 'talk.late': 'The merchant is late. You can call WeChat Pay in.', 'talk.apply': 'Refund of {money} asked for', 'talk.APPROVE': 'Refund agreed', 'talk.REJECT': 'Refund refused', 'talk.platform': 'WeChat Pay was called in',
  'talk.input': 'Add something', 'talk.continueInput': 'Why is it not settled?', 'talk.continue': 'Not settled', 'talk.withdraw': 'Withdraw', 'talk.withdrawAsk': 'Withdraw the complaint?', 'talk.withdrawText': 'The merchant will stop. You can complain anew later.',
  'talk.callPlatform': 'Call WeChat Pay in', 'talk.leavePlatform': 'Let WeChat Pay go', 'talk.picture': 'Send pictures', 'talk.me': 'Me', 'talk.bill': 'Open the bill', 'talk.order': 'Order of {money}',
  'transfer.title': 'Transfer', 'transfer.from': 'From {merchant}', 'transfer.kind': 'For', 'transfer.remark': 'Note', 'transfer.time': 'Sent', 'transfer.until': 'Goes back unless confirmed by {time}', 'transfer.accept': 'Receive', 'transfer.busy': 'On its way…',
  'transfer.SUCCESS': 'In your wallet', 'transfer.FAIL': 'No longer valid', 'transfer.CANCELLED': 'The merchant took it back', 'transfer.CANCELING': 'The merchant took it back', 'transfer.TRANSFERING': 'On its way; see your bills later', 'transfer.ACCEPTED': 'The merchant is sending it', 'transfer.done': 'Done', 'transfer.balance': 'The money is in your wallet',
}
