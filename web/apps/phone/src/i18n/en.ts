import { en as mini } from './mini'
import { en as official } from './official'
import { en as social } from './social'
import { en as pay } from './pay'
import { en as desk } from './desk'
import { en as service } from './service'
import { en as work } from './work'
import type { zh } from './zh'

/** The words of the phone page, in English. */
export const en: Record<keyof typeof zh, string> = {
  ...mini,
  ...official,
  ...pay,
  ...desk,
  ...service,
  ...work,
  ...social,
  'app.name': 'Pocket WeChat',
  back: 'Back', close: 'Close', more: 'More', cancel: 'Cancel', ok: 'OK', save: 'Save', remove: 'Delete', choose: 'Choose', search: 'Search',
  allow: 'Allow', refuse: 'Refuse', copy: 'Copy', copied: 'Copied', copyRefused: 'The browser does not allow copying', optional: 'Optional', tabs: 'Main navigation',
  'state.loading': 'Loading…', 'state.error': 'Something went wrong', 'state.retry': 'Try again', 'state.empty': 'Nothing here yet',
  'line.down': 'Lost the simulator, trying again…',
  'first.hint': 'Nobody is here yet. Create the first person to get a phone.',

  'tab.chats': 'Chats', 'tab.contacts': 'Contacts', 'tab.discover': 'Discover', 'tab.me': 'Me',
  'chats.title': 'Chats', 'chats.titleUnread': 'Chats ({n})', 'chats.empty': 'No chats yet', 'chats.emptyHint': 'Follow an account or write to a friend.', 'chats.find': 'Find accounts and friends',
  'chats.markRead': 'Mark as read', 'chats.pin': 'Pin to top', 'chats.unpin': 'Unpin', 'chats.mute': 'Mute', 'chats.unmute': 'Unmute',
  'contacts.accounts': 'Accounts', 'contacts.empty': 'Nobody else yet', 'contacts.emptyHint': 'Create another person in the simulator panel to chat and share.', 'contacts.sum': '{n} friend|{n} friends',
  'accounts.empty': 'No accounts followed', 'accounts.emptyHint': 'Search for one or scan its code.',
  'discover.moments': 'Moments', 'discover.momentsNote': 'Moments are not open yet', 'discover.scan': 'Scan', 'discover.search': 'Search',
  'search.hint': 'Search accounts and friends', 'search.none': 'Nothing found for “{q}”', 'search.nothing': 'No accounts and nobody else yet', 'search.noneHint': 'Try another word, or open an account in the simulator first.', 'search.people': 'Friends',
  'me.wallet': 'Services', 'me.addresses': 'Addresses', 'me.settings': 'Settings', 'me.wechatId': 'WeChat ID: {id}', 'me.region': 'Region: {region}',
  'person.chat': 'Message', 'person.gone': 'This person cannot be found',

  'account.noIntro': 'This account has no introduction yet.', 'account.kind': 'Kind', 'account.service': 'Service account', 'account.subscription': 'Subscription account', 'account.subject': 'Owner', 'account.id': 'Original ID',
  'account.follow': 'Follow', 'account.followed': 'Following', 'account.enter': 'Message', 'account.unfollow': 'Unfollow', 'account.unfollowAsk': 'Unfollow {name}?', 'account.unfollowText': 'You will no longer receive its messages.',

  'chat.details': 'Chat info', 'chat.empty': 'No messages yet', 'chat.emptyHint': 'Say hello below.', 'chat.emptyPay': 'Receipts of payments and refunds appear here.',
  'chat.input': 'Message', 'chat.send': 'Send', 'chat.sending': 'Sending', 'chat.resend': 'Not sent, send again', 'chat.faces': 'Emoji', 'chat.keyboard': 'Switch to keyboard', 'chat.menu': 'Switch to menu', 'chat.image': 'Picture', 'chat.voice': 'Voice',
  'card.details': 'View details', 'card.bill': 'Bill details', 'card.mini': 'Mini Program', 'card.miniNote': 'Mini Programs cannot be opened here yet',

  'wallet.balance': 'Balance', 'wallet.topUp': 'Top up', 'wallet.toppedUp': 'Topped up', 'wallet.spent': 'Spent this month', 'wallet.income': 'Received this month', 'wallet.bills': 'Bills',
  'wallet.amount': 'Amount in yuan', 'wallet.now': 'Balance now {money}', 'wallet.amountHint': 'Enter an amount from ¥0.01 to ¥1,000,000',
  'bills.empty': 'No bills yet', 'bills.emptyHint': 'Payments, refunds and top-ups appear here.', 'bills.older': 'Earlier bills',
  'bill.title': 'Bill', 'bill.state': 'State', 'bill.goods': 'Goods', 'bill.merchant': 'Merchant', 'bill.time': 'Time', 'bill.method': 'Paid with', 'bill.transaction': 'Transaction', 'bill.outTradeNo': 'Merchant order', 'bill.combined': 'Combined order',
  'bill.refund': 'Refund', 'bill.refundTime': 'Refunded at', 'bill.refundReason': 'Reason', 'bill.refundNo': 'Refund number', 'bill.contact': 'Contact the merchant',

  'pay.title': 'Enter payment password', 'pay.orders': 'Combined payment of {n} orders', 'pay.method': 'Pay with', 'pay.balance': 'Balance ({money})', 'pay.typed': '{n} digit typed|{n} digits typed', 'pay.keypad': 'Keypad', 'pay.erase': 'Erase',
  'pay.wrong': 'Wrong password, {n} try left|Wrong password, {n} tries left', 'pay.busy': 'Paying…', 'pay.short': 'The balance is {money} short', 'pay.topUp': 'Top up and pay', 'pay.done': 'Payment successful', 'pay.finish': 'Done', 'pay.comma': ', ',
  'pay.state.paid': 'This order has been paid already', 'pay.state.cancelled': 'This payment was cancelled', 'pay.state.expired': 'The time to pay has passed, please order again', 'pay.state.closed': 'The merchant has closed this order',

  'scan.camera': 'Camera picture', 'scan.starting': 'Opening the camera…', 'scan.noCamera': 'No camera. Drop or paste a picture of a code, or pick one below.', 'scan.picture': 'Picture', 'scan.reading': 'Reading…', 'scan.type': 'Bar code or address',
  'scan.nothing': 'No code was found in this picture', 'scan.noPicture': 'This file is no picture that can be read', 'scan.others': 'Codes on other screens', 'scan.noCodes': 'No codes on other screens', 'scan.noCodesHint': 'Codes on posters and at counters appear here.', 'scan.result': 'Scan result',
  'code.account': 'Account', 'code.link': 'Page', 'code.pay': 'Payment', 'code.group': 'Group', 'code.text': 'Text',

  'web.loading': 'Loading', 'web.late': "The page takes too long. Is the merchant's server running?", 'web.menu': 'Page menu', 'web.from': 'Provided by {host}', 'web.share': 'Send to friend', 'web.moments': 'Moments', 'web.later': 'Not yet',
  'web.reload': 'Refresh', 'web.copy': 'Copy link', 'web.browser': 'Open in browser', 'web.placeTitle': 'Share your location?', 'web.placeText': '{site} wants to know where you are',
  'share.title': 'Choose a friend', 'share.to': 'Send to: {name}', 'share.sent': 'Sent',
  'images.title': 'Choose pictures', 'images.camera': 'Take a photo', 'images.album': 'From the album', 'images.tooMany': 'At most {n} picture|At most {n} pictures', 'images.tooBig': 'A picture may have at most 10 MB', 'images.broken': 'The picture cannot be opened', 'images.previous': 'Previous', 'images.next': 'Next',
  'place.title': 'Place', 'place.at': 'Latitude {lat}, longitude {lng}', 'place.note': 'Offline: no map is shown.',
  'address.choose': 'Choose an address', 'address.empty': 'No addresses yet', 'address.emptyHint': 'Add one, and pages can ask for it.', 'address.add': 'Add address', 'address.removeAsk': 'Delete this address?', 'address.missing': 'Please complete the address', 'address.badPhone': 'Enter an 11-digit mobile number',
  'address.name': 'Name', 'address.phone': 'Mobile', 'address.province': 'Province', 'address.city': 'City', 'address.district': 'District', 'address.detail': 'Street', 'address.postal_code': 'Post code',

  'settings.language': 'Language', 'settings.simulator': 'Simulator', 'settings.switch': 'Switch person', 'settings.tools': 'Simulator tools', 'settings.toolsNote': 'Requests, notices, clock, faults',
  'panel.hide': 'Hide panel', 'panel.show': 'Show panel', 'panel.phoneOf': "{name}'s phone", 'panel.putAway': 'Put this phone away',
  'tool.people': 'People', 'tool.log': 'Log', 'tool.notices': 'Notices', 'tool.clock': 'Clock', 'tool.faults': 'Faults', 'tool.screen': 'Screens',
  'people.hint': 'Pick people to put their phones on the desk. This window holds {n}.', 'people.shown': 'On the desk', 'people.add': '+ New person', 'people.name': 'Name', 'people.balance': 'Balance in yuan', 'people.password': 'Payment password (6 digits)', 'people.make': 'Create',
  'clock.real': 'Real time', 'clock.frozen': 'Frozen', 'clock.running': 'Running fast', 'clock.shifted': 'Shifted', 'clock.advance': 'Advance', 'clock.1min': '1 min', 'clock.1h': '1 h', 'clock.1d': '1 day', 'clock.7d': '7 days', 'clock.30d': '30 days',
  'clock.pace': 'Pace', 'clock.freeze': 'Freeze', 'clock.go': 'Go on', 'clock.set': 'Set to', 'clock.reset': 'Back to real time', 'clock.hint': 'While advancing, notices, expiries and bills that fall due happen in order.',
  'fault.pause': 'Hold back all payment notices', 'fault.add': 'New fault', 'fault.target': 'Where', 'fault.call': 'API call', 'fault.notification': 'Payment notice', 'fault.kind': 'Fault', 'fault.path': 'Path (prefix, may be empty)', 'fault.count': 'Times', 'fault.delayMs': 'Delay (ms)',
  'fault.system_error': 'System error', 'fault.rate_limit': 'Rate limited', 'fault.delay': 'Delay', 'fault.timeout_after_work': 'Dropped after the work', 'fault.drop': 'Dropped before the work', 'fault.duplicate': 'Sent twice',
  'fault.plant': 'Plant the fault', 'fault.planted': 'Waiting to happen', 'fault.none': 'No faults, all is well.', 'fault.left': '{n} left', 'fault.clear': 'Remove all',
  'notices.empty': 'No payment notices yet', 'notices.emptyHint': 'Notices to merchants are listed here after a payment or refund.', 'notices.waiting': 'Waiting', 'notices.delivered': 'Delivered', 'notices.given_up': 'Given up', 'notices.tries': 'Sent {n} time|Sent {n} times', 'notices.next': 'next {at}', 'notices.send': 'Send again',
  'screen.hint': 'Turn a text into a code on “another screen” for a phone to scan.', 'screen.title': 'Title', 'screen.counter': 'Counter', 'screen.text': 'Text', 'screen.put': 'Show code', 'screen.qr': 'QR code',
  'log.search': 'Search path, body, reason', 'log.kind': 'Kind', 'log.kind.all': 'All', 'log.kind.api': 'Account API', 'log.kind.pay': 'Pay API', 'log.kind.push': 'Push', 'log.kind.notify': 'Pay notice', 'log.kind.page': 'Page',
  'log.none': 'Nothing matches', 'log.empty': 'No requests yet', 'log.emptyHint': "Calls of WeChat's API and pushes by WeChat are listed here.", 'log.older': 'Earlier', 'log.list': 'All entries', 'log.ok': 'Passed', 'log.refused': 'Refused', 'log.failed': 'Failed', 'log.signString': 'Signed string', 'log.request': 'Request', 'log.response': 'Answer',
}
