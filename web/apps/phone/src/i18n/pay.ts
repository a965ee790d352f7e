/** Words of payment codes and of the cashier's machine. */
export const zh = {
  'paycode.title': '收付款', 'paycode.to': '向商家付款', 'paycode.digits': '查看数字', 'paycode.bars': '付款条形码，点击放大', 'paycode.qr': '付款二维码，点击放大', 'paycode.method': '零钱', 'paycode.methodNote': '优先使用此付款方式',
  'paycode.renews': '每分钟自动更新，请勿发送给他人', 'paycode.number': '付款码数字仅用于支付时向收银员展示，请勿泄露', 'paycode.tapBack': '点击屏幕返回', 'paycode.more': '付款码设置',
  'paycode.refresh': '更新付款码', 'paycode.always': '每次都要输密码', 'paycode.never': '从不输密码', 'paycode.limit': '{money} 以内免密', 'paycode.now': '当前',
  'tool.cashier': '收银', 'log.kind.pay_v2': '支付 v2 接口',
  'cashier.merchant': '商户', 'cashier.none': '还没有商户', 'cashier.noneHint': '先用接口或命令创建一个商户，收银台就能替它收款。', 'cashier.noKey': '模拟器没有这个商户的私钥，只能用 v2 收款。', 'cashier.api': '接口', 'cashier.amount': '收款金额',
  'cashier.amountHint': '请输入 0.01 元到 1000 万元', 'cashier.scan': '扫顾客的付款码', 'cashier.phones': '扫手机上的付款码', 'cashier.noPhones': '还没有人，先新建一个人物。', 'cashier.of': '扫 {name} 的付款码', 'cashier.type': '扫码枪或手工输入 18 位数字', 'cashier.drop': '把付款码截图拖到这里、粘贴，或选择图片', 'cashier.picture': '选择图片', 'cashier.camera': '摄像头', 'cashier.cameraOff': '关闭摄像头', 'cashier.noCamera': '没有可用的摄像头',
  'cashier.reading': '正在识别…', 'cashier.charging': '正在收款…', 'cashier.paid': '收款成功', 'cashier.waiting': '等待顾客输入密码', 'cashier.waitingNote': '每 3 秒查询一次，{n} 秒后自动撤销', 'cashier.failed': '收款失败', 'cashier.payerror': '顾客没有完成支付', 'cashier.reversed': '已撤销', 'cashier.reversedNote': '顾客付过的钱会原路退回', 'cashier.closed': '订单已关闭', 'cashier.refunded': '已退款',
  'cashier.query': '查询', 'cashier.reverse': '撤销', 'cashier.reverseAsk': '撤销这笔收款？', 'cashier.next': '收下一笔', 'cashier.again': '重新扫码', 'cashier.lineLost': '没有收到微信的回答，请查询结果', 'cashier.receipt': '收款小票',
  'cashier.r.merchant': '商户', 'cashier.r.no': '商户单号', 'cashier.r.transaction': '交易单号', 'cashier.r.time': '支付时间', 'cashier.r.api': '接口', 'cashier.r.openid': '付款人', 'cashier.r.code': '错误码',
}

export const en: Record<keyof typeof zh, string> = {
  'paycode.title': 'Money', 'paycode.to': 'Pay a merchant', 'paycode.digits': 'Show digits', 'paycode.bars': 'Bar code to pay, tap to enlarge', 'paycode.qr': 'QR code to pay, tap to enlarge', 'paycode.method': 'Balance', 'paycode.methodNote': 'Used first',
  'paycode.renews': 'Renews each minute. Do not send it to anyone', 'paycode.number': 'Show these digits to the cashier only', 'paycode.tapBack': 'Tap to go back', 'paycode.more': 'Payment code settings',
  'paycode.refresh': 'Renew the code', 'paycode.always': 'Always ask for the password', 'paycode.never': 'Never ask for the password', 'paycode.limit': 'No password up to {money}', 'paycode.now': 'Now',
  'tool.cashier': 'Cashier', 'log.kind.pay_v2': 'Pay v2 API',
  'cashier.merchant': 'Merchant', 'cashier.none': 'No merchants yet', 'cashier.noneHint': 'Create a merchant by the API or a command first; then the cashier can collect for it.', 'cashier.noKey': "The simulator does not hold this merchant's private key: only v2 can be used.", 'cashier.api': 'API', 'cashier.amount': 'Amount',
  'cashier.amountHint': 'Enter ¥0.01 to ¥10,000,000', 'cashier.scan': "Scan the customer's payment code", 'cashier.phones': 'Scan the code on a phone', 'cashier.noPhones': 'Nobody is here yet. Create a person first.', 'cashier.of': "Scan {name}'s code", 'cashier.type': 'Scanner, or type 18 digits', 'cashier.drop': 'Drop or paste a screenshot of a payment code, or choose one', 'cashier.picture': 'Choose picture', 'cashier.camera': 'Camera', 'cashier.cameraOff': 'Camera off', 'cashier.noCamera': 'There is no camera',
  'cashier.reading': 'Reading…', 'cashier.charging': 'Charging…', 'cashier.paid': 'Paid', 'cashier.waiting': 'Waiting for the password', 'cashier.waitingNote': 'Asks every 3 s, reverses in {n} s', 'cashier.failed': 'Not paid', 'cashier.payerror': 'The customer did not pay', 'cashier.reversed': 'Reversed', 'cashier.reversedNote': 'What was paid goes back', 'cashier.closed': 'The order is closed', 'cashier.refunded': 'Refunded',
  'cashier.query': 'Query', 'cashier.reverse': 'Reverse', 'cashier.reverseAsk': 'Reverse this payment?', 'cashier.next': 'Next customer', 'cashier.again': 'Scan again', 'cashier.lineLost': 'WeChat gave no answer: query the result', 'cashier.receipt': 'Receipt',
  'cashier.r.merchant': 'Merchant', 'cashier.r.no': 'Order', 'cashier.r.transaction': 'Transaction', 'cashier.r.time': 'Paid at', 'cashier.r.api': 'API', 'cashier.r.openid': 'Payer', 'cashier.r.code': 'Code',
}
