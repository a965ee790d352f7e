/** Every text of the storefront in Chinese; its keys are the keys. `{name}` is filled in. */
export const zh = {
  ok: '确定', cancel: '取消', close: '关闭', back: '返回', done: '完成', save: '保存', delete: '删除', clear: '清除', copy: '复制', copied: '已复制',
  retry: '重试', more: '加载更多', less: '收起', unfold: '展开', all: '全部', selectAll: '全选', total: '合计', quantity: '数量', less1: '减少{what}', more1: '增加{what}', listSep: '、',
  loading: '正在加载…', counting: '正在计算…', theEnd: '没有更多了', goHome: '回到首页', from: '起', soldOut: '已售罄', priceWas: '原价',
  sold: '已售 {count}',

  'error.network': '网络好像断开了', 'error.networkHint': '请检查网络后再试，已填写的内容不会丢失。', 'error.unknown': '页面出了点问题，请重试',
  'lost.title': '没有这个页面', 'lost.hint': '链接可能已经失效。',

  'login.title': '请先登录', 'login.hint': '用微信登录后，就能看到你的购物车和订单。', 'login.go': '微信登录', 'login.elsewhere': '请在微信中打开',
  'login.qr': '本页地址的二维码', 'login.scan': '用微信扫一扫，在手机上继续', 'login.copy': '复制链接',

  'tab.label': '主导航', 'tab.home': '首页', 'tab.categories': '分类', 'tab.cart': '购物车', 'tab.me': '我的',
  'home.shops': '逛逛小店', 'home.fresh': '新上架', 'home.popular': '大家都在买', 'home.desc': '认得的店，放心的货',
  'goods.none': '这里还没有商品',

  'search.title': '搜索', 'search.hint': '搜商品、店铺', 'search.inShop': '在本店搜索', 'search.go': '搜索', 'search.past': '搜索历史',
  'search.found': '找到 {count} 件商品', 'search.loose': '没有完全符合的，看看相近的', 'search.none': '没有找到“{q}”', 'search.noneHint': '换个短一点的词，或者看看分类。',
  'sort.label': '排序', 'sort.relevance': '综合', 'sort.sold': '销量', 'sort.newest': '新品', 'sort.price': '价格', 'sort.price_up': '价格 ↑', 'sort.price_down': '价格 ↓', 'sort.inStock': '仅看有货',

  'ship.free': '包邮', 'ship.fee': '运费 {fee}', 'ship.over': '运费 {fee}，满 {over} 包邮',
  'shop.short': '店铺', 'shop.enter': '进店', 'shop.open': '营业中', 'shop.pausedShort': '暂停营业', 'shop.paused': '店铺暂停营业，暂时不能下单。',

  'product.pictures': '商品图片', 'product.picture': '第 {i} 张图片，共 {n} 张，点开看大图', 'product.choose': '选择', 'product.shipping': '配送', 'product.payment': '支付',
  'product.wechatPay': '微信支付', 'product.story': '商品详情', 'product.brand': '品牌', 'product.noStory': '店家还没有写详情。', 'product.soldOut': '已经卖完了，可以去店里看看别的。',
  'sku.title': '选择规格', 'sku.stock': '库存 {count} 件', 'sku.choose': '请选择 {names}', 'sku.chosen': '已选 {values}', 'sku.default': '默认规格',
  addToCart: '加入购物车', buyNow: '立即购买', addedToCart: '已加入购物车',

  'cart.count': '共 {count} 件', 'cart.edit': '管理', 'cart.pick': '选中要删除的 {title}', 'cart.select': '选择 {title}', 'cart.selectShop': '选择 {shop} 的全部商品',
  'cart.short': '库存不足，只剩 {left} 件', 'cart.takeLeft': '改为 {left} 件', 'cart.offSale': '已下架', 'cart.cheaper': '比加入时降了 {by}', 'cart.dearer': '比加入时涨了 {by}', 'cart.few': '仅剩 {left} 件',
  'cart.removeOne': '删除 {title}', 'cart.removeAsk': '删除选中的 {n} 种商品？', 'cart.clean': '清理 {count} 件失效商品',
  'cart.lack': '运费 {fee}，再买 {more} 包邮', 'cart.addMore': '去凑单', 'cart.freeNow': '已享包邮', 'cart.withFee': '含运费 {fee}', 'cart.checkout': '结算({count})',
  'cart.empty': '购物车还空着', 'cart.emptyHint': '喜欢的先放进来，几家店可以一起结算。', 'cart.goShopping': '去逛逛',

  'checkout.title': '确认订单', 'checkout.addAddress': '添加收货地址', 'checkout.addressFirst': '填写地址', 'checkout.submit': '提交订单', 'checkout.subtotal': '本店小计',
  'checkout.remarkHint': '选填，可告诉店家你的要求', 'checkout.left': '有商品暂时不能购买，提交时不包含它们。', 'checkout.split': '{count} 家店各为一个订单，一次支付。',
  'checkout.problem.unlisted': '已下架，不能购买', 'checkout.problem.short': '库存不足，只剩 {left} 件', 'checkout.problem.shop_closed': '店铺暂停营业',
  'checkout.nothing': '没有要结算的商品', 'checkout.maybePlaced': '订单可能已经提交', 'checkout.maybePlacedHint': '刚才没有等到回音，请到订单里看一看，不要重复下单。',

  'pay.title': '支付', 'pay.open': '等待支付', 'pay.paying': '正在打开微信支付', 'pay.confirming': '正在确认支付结果', 'pay.confirmingShort': '正在确认', 'pay.unsure': '还没有收到支付结果',
  'pay.paid': '支付成功', 'pay.closed': '订单已关闭', 'pay.payingHint': '请在微信支付里完成付款。', 'pay.confirmingHint': '正在向微信支付查询，请稍等几秒。',
  'pay.unsureHint': '如果你已经付款，钱不会丢：结果一到，订单会自动更新。', 'pay.paidHint': '店家已收到订单，发货后会在微信里告诉你。', 'pay.closedHint': '没有在时限内付款，商品已放回。如已付款，会原路退回。',
  'pay.expired': '付款时间已过，订单即将关闭。', 'pay.left': '剩余付款时间', 'pay.now': '微信支付', 'pay.askAgain': '重新查询', 'pay.seeOrders': '查看订单', 'pay.notOpened': '微信支付没有打开，请再试一次。', 'pay.scan': '用微信扫码付款，付好后本页会自动更新',

  'orders.title': '我的订单', 'orders.all': '全部', 'orders.pending': '待付款', 'orders.paid': '待发货', 'orders.shipped': '待收货', 'orders.aftersale': '售后', 'orders.none': '这里还没有订单',
  'order.title': '订单详情', 'order.see': '查看订单', 'order.pay': '去付款', 'order.track': '查看物流', 'order.lines': '等 {count} 种商品',
  'order.state.pending': '待付款', 'order.state.paid': '待发货', 'order.state.shipped': '待收货', 'order.state.received': '已完成', 'order.state.closed': '已关闭',
  'order.refunded': '已退款', 'order.refundAskedShort': '退款处理中', 'order.refundPartial': '部分退款', 'order.refundAsked': '有售后申请在处理中。',
  'order.hint.paid': '已付款，店家正在备货。', 'order.hint.part': '已发出一部分，其余正在备货。', 'order.hint.shipped': '包裹在路上。', 'order.hint.received': '谢谢惠顾，期待再来。',
  'order.closed.buyer_cancelled': '你取消了订单。', 'order.closed.pay_deadline': '没有在时限内付款。', 'order.closed.refunded': '钱已原路退回。', 'order.closed.shop_cancelled': '店家取消了订单。',
  'order.autoReceive': '{at} 自动确认收货', 'order.items': '商品金额', 'order.shipping': '运费', 'order.discount': '优惠', 'order.paidTotal': '实付', 'order.toPay': '应付', 'order.refundedSum': '已退款',
  'order.no': '订单编号', 'order.copyNo': '复制订单编号', 'order.remark': '留言', 'order.at.created': '下单时间', 'order.at.paid': '付款时间', 'order.at.shipped': '发货时间', 'order.at.received': '收货时间', 'order.at.closed': '关闭时间',
  'order.cancel': '取消订单', 'order.keep': '再想想', 'order.cancelAsk': '取消这个订单？', 'order.cancelText': '取消后商品会放回，需要时请重新下单。', 'order.wasPaid': '订单已经付款，没有取消；可以申请退款。',
  'order.receive': '确认收货', 'order.receiveAsk': '已经收到商品了吗？', 'order.receiveText': '请先检查包裹。确认后订单完成，有问题仍可申请售后。',
  'order.lineShipped': '已发 {count} 件', 'order.lineRefunded': '已退 {count} 件', 'order.aftersales': '售后记录',
  'parcel.label': '包裹', 'parcel.nth': '包裹 {i}/{n}', 'parcel.inside': '内有 {goods}', 'parcel.call': '给{name}打电话', 'parcel.copy': '复制运单号', 'parcel.all': '查看全部物流', 'parcel.noTracks': '{at} 已发出，等待快递公司更新。',
  'parcel.state.shipped': '已发货', 'parcel.state.in_transit': '运输中', 'parcel.state.delivered': '已签收',

  'aftersale.title': '售后详情', 'aftersale.kindLabel': '类型', 'aftersale.kind.refund': '申请退款', 'aftersale.kind.return': '申请退货', 'aftersale.goods': '要退的商品', 'aftersale.pieces': '退 {title} 的数量', 'aftersale.pieceCount': '件数',
  'aftersale.reason': '原因', 'aftersale.reasons.refund': '不想要了/拍错了/等太久没发货/地址填错/和店家商量好了/其他', 'aftersale.reasons.return': '不喜欢/大小不合适/与描述不符/质量问题/收到时破损/发错货/其他',
  'aftersale.note': '补充说明', 'aftersale.noteHint': '选填，说清楚一些，店家处理得更快', 'aftersale.amount': '退款金额', 'aftersale.withShipping': '含运费 {fee}，原路退回。', 'aftersale.back': '原路退回微信支付。',
  'aftersale.told.refund': '店家同意后立即退款。如果店家已经发货，请改为申请退货。', 'aftersale.told.return': '店家同意后请寄回商品并填写运单号，店家收到后退款。',
  'aftersale.submit': '提交申请', 'aftersale.reasonFirst': '请选择原因', 'aftersale.nothing': '没有可以退的商品', 'aftersale.progress': '售后进度', 'aftersale.refuseReason': '店家说明：{reason}',
  'aftersale.asked': '申请时间', 'aftersale.decided': '处理时间', 'aftersale.finished': '完成时间', 'aftersale.withdraw': '撤销申请', 'aftersale.withdrawAsk': '撤销这次售后申请？',
  'aftersale.state.requested': '等待店家处理', 'aftersale.state.approved': '店家已同意', 'aftersale.state.refused': '店家未同意', 'aftersale.state.cancelled': '已撤销', 'aftersale.state.returning': '商品退回中', 'aftersale.state.refunding': '退款中', 'aftersale.state.refunded': '退款成功',
  'aftersale.hint.refund.requested': '店家会尽快处理，结果会在微信里告诉你。', 'aftersale.hint.return.requested': '请先不要寄出，等店家同意后再寄。', 'aftersale.hint.return.approved': '请把商品寄到下面的地址，并填写运单号。',
  'aftersale.hint.return.returning': '店家收到商品后会退款。', 'aftersale.hint.refund.refunding': '微信支付正在退款，通常几分钟内到账。', 'aftersale.hint.return.refunding': '微信支付正在退款，通常几分钟内到账。',
  'aftersale.hint.refund.refunded': '钱已退回你的微信支付账户。', 'aftersale.hint.return.refunded': '钱已退回你的微信支付账户。',
  'aftersale.hint.refund.refused': '可以和店家再商量，或重新申请。', 'aftersale.hint.return.refused': '可以和店家再商量，或重新申请。',
  'aftersale.step.requested': '申请', 'aftersale.step.approved': '店家同意', 'aftersale.step.returning': '寄回', 'aftersale.step.refunding': '退款中', 'aftersale.step.refunded': '已到账', 'aftersale.step.refused': '未同意', 'aftersale.step.cancelled': '已撤销',
  'return.title': '寄回商品', 'return.noAddress': '请联系店家要退货地址', 'return.no': '运单号', 'return.noHint': '填写或粘贴运单号', 'return.carrier': '快递公司', 'return.carrierHint': '请选择', 'return.submit': '我已寄出',

  'address.title': '收货地址', 'address.pick': '选择收货地址', 'address.add': '添加地址', 'address.change': '修改地址', 'address.none': '还没有收货地址', 'address.noneHint': '添加一个，下单时就不用再填了。',
  'address.isDefault': '默认', 'address.changeOne': '修改 {name} 的地址', 'address.deleteOne': '删除 {name} 的地址', 'address.deleteAsk': '删除这个地址？',
  'address.paste': '粘贴地址', 'address.pasteHint': '粘贴整段地址，自动识别姓名、电话和地区', 'address.recognise': '识别', 'address.recognised': '已识别，请核对', 'address.recognisedLook': '可能有误，请仔细核对', 'address.recognisedPart': '有几项没有识别出来，请补全',
  'address.name': '收货人', 'address.nameHint': '姓名', 'address.phone': '手机号', 'address.phoneHint': '快递员联系你用', 'address.region': '所在地区', 'address.regionHint': '省、市、区', 'address.detail': '详细地址', 'address.detailHint': '街道、楼栋、门牌号', 'address.default': '设为默认',
  'address.needName': '请填写收货人', 'address.needPhone': '请填写正确的电话', 'address.needRegion': '请选择地区', 'address.needDetail': '请填写详细地址',

  'me.noName': '微信用户', 'me.following': '已关注公众号', 'me.notFollowing': '关注公众号，能在聊天里收到订单消息', 'me.rename': '修改昵称', 'me.name': '昵称', 'me.language': '语言 Language', 'me.news': '接收优惠消息', 'me.newsHint': '不影响订单和物流通知',
}
