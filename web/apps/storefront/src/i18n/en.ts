import type { zh } from './zh'

/** Every text of the storefront in English. "one|many" is chosen by `n`. */
export const en: Record<keyof typeof zh, string> = {
  ok: 'OK', cancel: 'Cancel', close: 'Close', back: 'Back', done: 'Done', save: 'Save', delete: 'Delete', clear: 'Clear', copy: 'Copy', copied: 'Copied',
  retry: 'Try again', more: 'Show more', less: 'Show less', unfold: 'Read more', all: 'All', selectAll: 'All', total: 'Total', quantity: 'Quantity', less1: '{what}: one less', more1: '{what}: one more', listSep: ', ',
  loading: 'Loading…', counting: 'Counting…', theEnd: 'That is all', goHome: 'Home', from: 'and up', soldOut: 'Sold out', priceWas: 'Was',
  sold: '{count} sold',

  'error.network': 'The connection seems to be lost', 'error.networkHint': 'Check your network and try again. Nothing you typed is lost.', 'error.unknown': 'Something went wrong; please try again',
  'lost.title': 'No such page', 'lost.hint': 'The link may have expired.',

  'login.title': 'Please log in', 'login.hint': 'Log in with WeChat to see your cart and orders.', 'login.go': 'Log in with WeChat', 'login.elsewhere': 'Open in WeChat',
  'login.qr': 'QR code of this page', 'login.scan': 'Scan with WeChat to go on with your phone', 'login.copy': 'Copy link',

  'tab.label': 'Main', 'tab.home': 'Home', 'tab.categories': 'Browse', 'tab.cart': 'Cart', 'tab.me': 'Me',
  'home.shops': 'Shops', 'home.fresh': 'New in', 'home.popular': 'Everybody buys', 'home.desc': 'Shops you know, goods you trust',
  'goods.none': 'Nothing here yet',

  'search.title': 'Search', 'search.hint': 'Goods and shops', 'search.inShop': 'Search this shop', 'search.go': 'Search', 'search.past': 'Past searches',
  'search.found': '{count} product|{count} products', 'search.loose': 'Nothing has all the words; these come close', 'search.none': 'Nothing found for “{q}”', 'search.noneHint': 'Try a shorter word, or browse the categories.',
  'sort.label': 'Order', 'sort.relevance': 'Best', 'sort.sold': 'Sold', 'sort.newest': 'New', 'sort.price': 'Price', 'sort.price_up': 'Price ↑', 'sort.price_down': 'Price ↓', 'sort.inStock': 'In stock',

  'ship.free': 'Free shipping', 'ship.fee': 'Shipping {fee}', 'ship.over': 'Shipping {fee}, free over {over}',
  'shop.short': 'Shop', 'shop.enter': 'Visit', 'shop.open': 'Open', 'shop.pausedShort': 'Paused', 'shop.paused': 'This shop takes no orders at the moment.',

  'product.pictures': 'Pictures', 'product.picture': 'Picture {i} of {n}, open in full', 'product.choose': 'Options', 'product.shipping': 'Shipping', 'product.payment': 'Payment',
  'product.wechatPay': 'WeChat Pay', 'product.story': 'About it', 'product.brand': 'Brand', 'product.noStory': 'The shop has not written about it yet.', 'product.soldOut': 'Sold out. The shop may have something like it.',
  'sku.title': 'Choose', 'sku.stock': '{count} in stock', 'sku.choose': 'Choose {names}', 'sku.chosen': 'Chosen: {values}', 'sku.default': 'Standard',
  addToCart: 'Add to cart', buyNow: 'Buy now', addedToCart: 'Added to the cart',

  'cart.count': '{count} piece|{count} pieces', 'cart.edit': 'Edit', 'cart.pick': 'Mark {title} for deletion', 'cart.select': 'Select {title}', 'cart.selectShop': 'Select everything of {shop}',
  'cart.short': 'Only {left} left', 'cart.takeLeft': 'Take {left}', 'cart.offSale': 'No longer sold', 'cart.cheaper': '{by} cheaper than before', 'cart.dearer': '{by} dearer than before', 'cart.few': 'Only {left} left',
  'cart.removeOne': 'Remove {title}', 'cart.removeAsk': 'Remove {n} product?|Remove {n} products?', 'cart.clean': 'Remove {count} unavailable product|Remove {count} unavailable products',
  'cart.lack': 'Shipping {fee}; {more} more and it is free', 'cart.addMore': 'Add more', 'cart.freeNow': 'Ships free', 'cart.withFee': 'with shipping {fee}', 'cart.checkout': 'Check out ({count})',
  'cart.empty': 'Your cart is empty', 'cart.emptyHint': 'Put in what you like; several shops are paid at once.', 'cart.goShopping': 'Look around',

  'checkout.title': 'Your order', 'checkout.addAddress': 'Add an address', 'checkout.addressFirst': 'Add address', 'checkout.submit': 'Place order', 'checkout.subtotal': 'This shop',
  'checkout.remarkHint': 'Optional: tell the shop what you need', 'checkout.left': 'Some goods cannot be bought now; the order is placed without them.', 'checkout.split': '{count} shop, {count} order.|{count} shops, one order each, one payment.',
  'checkout.problem.unlisted': 'No longer sold', 'checkout.problem.short': 'Only {left} left', 'checkout.problem.shop_closed': 'The shop takes no orders now',
  'checkout.nothing': 'Nothing to check out', 'checkout.maybePlaced': 'Your order may have been placed', 'checkout.maybePlacedHint': 'No answer came back. Please look at your orders before ordering again.',

  'pay.title': 'Payment', 'pay.open': 'Waiting for payment', 'pay.paying': 'Opening WeChat Pay', 'pay.confirming': 'Confirming the payment', 'pay.confirmingShort': 'Confirming', 'pay.unsure': 'No result yet',
  'pay.paid': 'Paid', 'pay.closed': 'Order closed', 'pay.payingHint': 'Please finish in WeChat Pay.', 'pay.confirmingHint': 'We are asking WeChat Pay; a few seconds, please.',
  'pay.unsureHint': 'If you have paid, nothing is lost: the order is updated as soon as the result arrives.', 'pay.paidHint': 'The shop has your order. You will hear in WeChat when it ships.', 'pay.closedHint': 'It was not paid in time and the goods went back. Anything paid is returned.',
  'pay.expired': 'Time is up; the order is about to close.', 'pay.left': 'Time left to pay', 'pay.now': 'WeChat Pay', 'pay.askAgain': 'Ask again', 'pay.seeOrders': 'See the order', 'pay.notOpened': 'WeChat Pay did not open; please try again.', 'pay.scan': 'Scan with WeChat to pay; this page follows',

  'orders.title': 'My orders', 'orders.all': 'All', 'orders.pending': 'To pay', 'orders.paid': 'To ship', 'orders.shipped': 'On the way', 'orders.aftersale': 'Returns', 'orders.none': 'No orders here yet',
  'order.title': 'Order', 'order.see': 'See the order', 'order.pay': 'Pay', 'order.track': 'Track', 'order.lines': '{count} product|{count} products',
  'order.state.pending': 'To pay', 'order.state.paid': 'To ship', 'order.state.shipped': 'On the way', 'order.state.received': 'Completed', 'order.state.closed': 'Closed',
  'order.refunded': 'Refunded', 'order.refundAskedShort': 'Refund asked', 'order.refundPartial': 'Partly refunded', 'order.refundAsked': 'A refund is being decided.',
  'order.hint.paid': 'Paid. The shop is packing.', 'order.hint.part': 'Part of it is on its way; the rest is being packed.', 'order.hint.shipped': 'Your parcel is on its way.', 'order.hint.received': 'Thank you, and see you again.',
  'order.closed.buyer_cancelled': 'You cancelled it.', 'order.closed.pay_deadline': 'It was not paid in time.', 'order.closed.refunded': 'The money went back to you.', 'order.closed.shop_cancelled': 'The shop cancelled it.',
  'order.autoReceive': 'Counts as received {at}', 'order.items': 'Goods', 'order.shipping': 'Shipping', 'order.discount': 'Discount', 'order.paidTotal': 'Paid', 'order.toPay': 'To pay', 'order.refundedSum': 'Refunded',
  'order.no': 'Order number', 'order.copyNo': 'Copy the order number', 'order.remark': 'Remark', 'order.at.created': 'Placed', 'order.at.paid': 'Paid', 'order.at.shipped': 'Shipped', 'order.at.received': 'Received', 'order.at.closed': 'Closed',
  'order.cancel': 'Cancel order', 'order.keep': 'Keep it', 'order.cancelAsk': 'Cancel this order?', 'order.cancelText': 'The goods go back on the shelf.', 'order.wasPaid': 'It is paid and was not cancelled; you can ask for a refund.',
  'order.receive': 'Confirm receipt', 'order.receiveAsk': 'Has it arrived?', 'order.receiveText': 'Please look into the parcel first. You can still ask for a return afterwards.',
  'order.lineShipped': '{count} shipped', 'order.lineRefunded': '{count} refunded', 'order.aftersales': 'Refunds and returns',
  'parcel.label': 'Parcel', 'parcel.nth': 'Parcel {i}/{n}', 'parcel.inside': 'Inside: {goods}', 'parcel.call': 'Call {name}', 'parcel.copy': 'Copy the tracking number', 'parcel.all': 'Whole way', 'parcel.noTracks': 'Shipped {at}; waiting for the carrier.',
  'parcel.state.shipped': 'Shipped', 'parcel.state.in_transit': 'In transit', 'parcel.state.delivered': 'Delivered',

  'aftersale.title': 'Refund or return', 'aftersale.kindLabel': 'Kind', 'aftersale.kind.refund': 'Refund', 'aftersale.kind.return': 'Return', 'aftersale.goods': 'What goes back', 'aftersale.pieces': 'Pieces of {title} to give back', 'aftersale.pieceCount': 'Pieces',
  'aftersale.reason': 'Reason', 'aftersale.reasons.refund': 'Changed my mind/Ordered by mistake/Takes too long/Wrong address/Agreed with the shop/Other', 'aftersale.reasons.return': 'Do not like it/Wrong size/Not as described/Quality problem/Arrived damaged/Wrong goods/Other',
  'aftersale.note': 'Note', 'aftersale.noteHint': 'Optional: the more you say, the quicker it goes', 'aftersale.amount': 'Refund', 'aftersale.withShipping': 'With shipping {fee}, back the way it was paid.', 'aftersale.back': 'Back the way it was paid.',
  'aftersale.told.refund': 'Paid back as soon as the shop agrees. If it has shipped meanwhile, ask for a return.', 'aftersale.told.return': 'When the shop agrees, send the goods and give the tracking number. You are paid back when they arrive.',
  'aftersale.submit': 'Send', 'aftersale.reasonFirst': 'Choose a reason', 'aftersale.nothing': 'There is nothing to give back', 'aftersale.progress': 'Progress', 'aftersale.refuseReason': 'The shop says: {reason}',
  'aftersale.asked': 'Asked', 'aftersale.decided': 'Decided', 'aftersale.finished': 'Finished', 'aftersale.withdraw': 'Withdraw', 'aftersale.withdrawAsk': 'Withdraw this request?',
  'aftersale.state.requested': 'Waiting for the shop', 'aftersale.state.approved': 'The shop agreed', 'aftersale.state.refused': 'The shop did not agree', 'aftersale.state.cancelled': 'Withdrawn', 'aftersale.state.returning': 'On its way back', 'aftersale.state.refunding': 'Paying back', 'aftersale.state.refunded': 'Paid back',
  'aftersale.hint.refund.requested': 'The shop will answer soon; you will hear in WeChat.', 'aftersale.hint.return.requested': 'Please send nothing before the shop agrees.', 'aftersale.hint.return.approved': 'Send the goods to the address below and give the tracking number.',
  'aftersale.hint.return.returning': 'You are paid back when the goods arrive.', 'aftersale.hint.refund.refunding': 'WeChat Pay is paying back, usually within minutes.', 'aftersale.hint.return.refunding': 'WeChat Pay is paying back, usually within minutes.',
  'aftersale.hint.refund.refunded': 'The money is back in your WeChat Pay account.', 'aftersale.hint.return.refunded': 'The money is back in your WeChat Pay account.',
  'aftersale.hint.refund.refused': 'Talk to the shop, or ask again.', 'aftersale.hint.return.refused': 'Talk to the shop, or ask again.',
  'aftersale.step.requested': 'Asked', 'aftersale.step.approved': 'Agreed', 'aftersale.step.returning': 'Sent back', 'aftersale.step.refunding': 'Paying back', 'aftersale.step.refunded': 'Paid back', 'aftersale.step.refused': 'Refused', 'aftersale.step.cancelled': 'Withdrawn',
  'return.title': 'Send it back', 'return.noAddress': 'Ask the shop for the address', 'return.no': 'Tracking no.', 'return.noHint': 'Type or paste the number', 'return.carrier': 'Carrier', 'return.carrierHint': 'Choose', 'return.submit': 'I have sent it',

  'address.title': 'Addresses', 'address.pick': 'Choose an address', 'address.add': 'Add an address', 'address.change': 'Change the address', 'address.none': 'No address yet', 'address.noneHint': 'Add one and it is there for every order.',
  'address.isDefault': 'Default', 'address.changeOne': 'Change the address of {name}', 'address.deleteOne': 'Delete the address of {name}', 'address.deleteAsk': 'Delete this address?',
  'address.paste': 'Paste an address', 'address.pasteHint': 'Paste a whole address: name, phone and region are read out of it', 'address.recognise': 'Read', 'address.recognised': 'Read; please check', 'address.recognisedLook': 'Please check carefully', 'address.recognisedPart': 'Some parts were not found; please fill in',
  'address.name': 'Receiver', 'address.nameHint': 'Name', 'address.phone': 'Phone', 'address.phoneHint': 'For the courier', 'address.region': 'Region', 'address.regionHint': 'Province, city, district', 'address.detail': 'Address', 'address.detailHint': 'Street, building, door', 'address.default': 'Default',
  'address.needName': 'Who receives it?', 'address.needPhone': 'A phone number, please', 'address.needRegion': 'Choose a region', 'address.needDetail': 'Street and number, please',

  'me.noName': 'WeChat user', 'me.following': 'Follows the account', 'me.notFollowing': 'Follow the account to hear of your orders in the chat', 'me.rename': 'Change the name', 'me.name': 'Name', 'me.language': '语言 Language', 'me.news': 'Offers', 'me.newsHint': 'Orders and parcels are told anyway',
  'pay.code': 'QR code of WeChat Pay',
  'pay.codeHint': 'Scan it with WeChat on your phone; this page follows by itself',
  'pay.by.jsapi': 'WeChat Pay',
  'pay.by.native': 'WeChat Pay by QR code',
  'pay.by.h5': 'WeChat Pay',
  'pay.by.alipay_page': 'Alipay',
  'pay.by.alipay_wap': 'Alipay',
  'login.guest': 'Buy without WeChat',
  'login.guestHint': 'Orders stay in this browser only',

  'flash.name': 'Flash sale', 'flash.perBuyer': 'At most {count} per buyer', 'flash.begins': 'Begins in', 'flash.ends': 'Ends in', 'flash.days': '{count} d', 'flash.gone': 'All taken', 'flash.usualStill': 'Still there at the usual price',
  'flash.taken': '{percent}% taken', 'flash.left': '{count} left at the flash price', 'flash.buy': 'Buy now',
  'checkout.problem.flash_sold_out': 'All taken at the flash price', 'checkout.problem.flash_over': 'The flash sale is not running', 'checkout.problem.flash_limit': 'More than one buyer may have',
}
