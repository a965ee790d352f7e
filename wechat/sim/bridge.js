// The inside of a web view of the pocket WeChat: window.WeixinJSBridge and a browser that behaves like WeChat's.
// Served by the gateway as the first script of every document. Protocol with the phone page: PHONE_API.md.
(function () {
  'use strict';
  if (window.WeixinJSBridge) return;
  var site = __SITE__;
  var doc = Math.random().toString(36).slice(2) + Date.now().toString(36);
  var phone = window.parent !== window ? window.parent : null;
  var listeners = {};
  var waiting = {};
  var images = {};
  var hiddenItems = [];
  var count = 0;

  // --- a browser that calls itself WeChat -------------------------------------------------------------------------

  function define(target, name, get, set) {
    try {
      Object.defineProperty(target, name, { configurable: true, get: get, set: set });
    } catch (e) { /* a browser that does not allow it */ }
  }
  define(Navigator.prototype, 'userAgent', function () { return site.ua; });
  define(Navigator.prototype, 'appVersion', function () { return site.ua.replace(/^Mozilla\//, ''); });
  define(Navigator.prototype, 'platform', function () { return 'Linux armv8l'; });
  define(Navigator.prototype, 'userAgentData', function () { return undefined; });
  window.__wxjs_environment = site.mini ? 'miniprogram' : 'browser';

  function ask(method, path, body) { // synchronous, on purpose: document.cookie is
    var x = new NativeXHR();
    nativeOpen.call(x, method, path, false);
    x.send(body || null);
    return x.status === 200 ? x.responseText : '';
  }
  var NativeXHR = window.XMLHttpRequest;
  var nativeOpen = NativeXHR.prototype.open;
  define(Document.prototype, 'cookie',
    function () { return ask('GET', '/_wx/cookie?path=' + encodeURIComponent(location.pathname)); },
    function (text) { ask('POST', '/_wx/cookie?path=' + encodeURIComponent(location.pathname), String(text)); });

  // --- addresses: the page's real origin is this one ----------------------------------------------------------------

  function inside(u) { return u.origin === location.origin || u.host.slice(-site.suffix.length) === site.suffix; }
  function web(u) { return u.protocol === 'http:' || u.protocol === 'https:'; }
  function parse(address) { try { return new URL(address, document.baseURI); } catch (e) { return null; } }
  function mapped(address) { // for requests of scripts to the page's own real origin
    var u = parse(address);
    return u && u.origin === site.origin ? location.origin + u.pathname + u.search + u.hash : address;
  }
  function real(address) {
    var u = parse(address);
    return u && u.origin === location.origin ? site.origin + u.pathname + u.search + u.hash : String(address);
  }
  function leave(address) { location.href = '/_wx/open?url=' + encodeURIComponent(address); }

  NativeXHR.prototype.open = function (method, address) {
    var args = Array.prototype.slice.call(arguments);
    args[1] = mapped(address);
    return nativeOpen.apply(this, args);
  };
  var nativeFetch = window.fetch;
  window.fetch = function (input, init) {
    if (typeof input === 'string' || input instanceof URL) input = mapped(input);
    else if (input instanceof Request && mapped(input.url) !== input.url) input = new Request(mapped(input.url), input);
    return nativeFetch.call(window, input, init);
  };
  if (window.EventSource) {
    var NativeEvents = window.EventSource;
    window.EventSource = function (address, init) { return new NativeEvents(mapped(address), init); };
    window.EventSource.prototype = NativeEvents.prototype;
    ['CONNECTING', 'OPEN', 'CLOSED'].forEach(function (n, i) { window.EventSource[n] = i; });
  }
  if (navigator.sendBeacon) {
    var nativeBeacon = navigator.sendBeacon;
    Navigator.prototype.sendBeacon = function (address, data) { return nativeBeacon.call(navigator, mapped(address), data); };
  }
  var source = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src');
  Object.defineProperty(HTMLImageElement.prototype, 'src', {
    configurable: true,
    enumerable: true,
    get: source.get,
    set: function (address) { // WeChat's own usage report stays in the pocket
      source.set.call(this, /^https:\/\/open\.weixin\.qq\.com\/sdk\/report/.test(address) ? '/_wx/report' : images[address] || address);
    },
  });

  window.alert = function (text) { askPhone('alert', { text: String(text) }); }; // browsers keep it from framed pages

  window.open = function (address) {
    var u = parse(address);
    if (!u || !web(u)) return null;
    if (inside(u)) location.href = u.href; else leave(u.href);
    return null;
  };
  window.addEventListener('click', function (e) {
    var link = e.target && e.target.closest && e.target.closest('a[href]');
    if (!link || e.defaultPrevented || e.button || link.hasAttribute('download')) return;
    var u = parse(link.href);
    if (!u || !web(u)) return;
    if (inside(u)) { link.removeAttribute('target'); return; } // one window only
    e.preventDefault();
    leave(u.href);
  });
  if (window.navigation && window.navigation.addEventListener) {
    window.navigation.addEventListener('navigate', function (e) {
      var u = parse(e.destination.url);
      if (!u || !web(u) || inside(u) || e.formData || !e.cancelable) return;
      e.preventDefault();
      leave(u.href);
    });
  }

  // --- the phone around the page --------------------------------------------------------------------------------------

  function tell(name, data) { if (phone) phone.postMessage({ wx: 1, type: 'event', name: name, data: data || {} }, '*'); }
  function askPhone(method, params) {
    return new Promise(function (done) {
      if (!phone) return done({ state: 'fail', message: 'no phone around this page' });
      var id = 'r' + (++count) + doc;
      waiting[id] = done;
      phone.postMessage({ wx: 1, type: 'request', id: id, method: method, params: params || {} }, '*');
    });
  }
  window.addEventListener('message', function (e) {
    var m = e.data;
    if (!phone || e.source !== phone || !m || m.wx !== 1) return;
    e.stopImmediatePropagation();
    if (m.type === 'response' && waiting[m.id]) {
      var done = waiting[m.id];
      delete waiting[m.id];
      done(m.result || { state: 'fail' });
    } else if (m.type === 'event') {
      fire(m.name, m.data || {});
    } else if (m.type === 'command' && m.name === 'back') {
      back();
    } else if (m.type === 'command' && m.name === 'reload') {
      location.reload();
    }
  });
  // Where this document stands in the web view's own history: going back behind its first page would leave the phone page.
  // Kept in window.name, which a frame carries from site to site, by the key of each history entry.
  var trail = { at: 0, keys: {} };
  try {
    if (window.name.slice(0, 8) === 'wxtrail:') trail = JSON.parse(window.name.slice(8));
  } catch (e) { /* the page uses the name for itself: history starts here */ }
  function mark() {
    if (!window.navigation || !window.navigation.currentEntry) return;
    var key = window.navigation.currentEntry.key;
    if (!(key in trail.keys)) {
      for (var k in trail.keys) if (trail.keys[k] > trail.at) delete trail.keys[k];
      trail.keys[key] = trail.at + 1;
    }
    trail.at = trail.keys[key];
    window.name = 'wxtrail:' + JSON.stringify(trail);
  }
  function back() {
    mark();
    if (trail.at <= 1) tell('backRefused');
    else history.back();
  }
  function fire(name, data) { (listeners[name] || []).slice().forEach(function (f) { f(data); }); }
  var last = '';
  function report(fresh) {
    mark();
    var state = location.href + '\n' + document.title;
    if (!fresh && state === last) return;
    last = state;
    tell('page', { url: real(location.href), gateway_url: location.href, title: document.title, fresh: !!fresh });
  }
  ['pushState', 'replaceState'].forEach(function (name) {
    var native = history[name];
    history[name] = function (data, unused, address) {
      if (address !== undefined && address !== null) address = mapped(String(address));
      var result = native.call(history, data, unused, address);
      report(false);
      return result;
    };
  });
  window.addEventListener('popstate', function () { report(false); });
  window.addEventListener('hashchange', function () { report(false); });

  // --- WeixinJSBridge ---------------------------------------------------------------------------------------------------

  function finish(name, answer) { // the phone's answer in the words of the native client
    var state = answer.state || 'fail';
    if (state === 'fail' && answer.message) state = 'fail,' + answer.message;
    var r = { err_msg: name + ':' + state };
    if (name === 'getBrandWCPayRequest') r.err_msg = 'get_brand_wcpay_request:' + (answer.state || 'fail');
    if (answer.state !== 'ok') return r;
    if (name === 'scanQRCode' && answer.text !== undefined) {
      r.resultStr = !answer.kind || answer.kind === 'QR_CODE' ? answer.text : answer.kind + ',' + answer.text;
    } else if (name === 'geoLocation') {
      r.err_msg = 'geo_location:ok';
      r.latitude = answer.latitude; r.longitude = answer.longitude; r.speed = 0; r.accuracy = 30;
    } else if (name === 'editAddress') {
      var a = answer.address || {};
      r.err_msg = 'edit_address:ok';
      r.userName = a.name; r.telNumber = a.phone; r.addressPostalCode = a.postal_code || '';
      r.proviceFirstStageName = a.province; r.addressCitySecondStageName = a.city;
      r.addressCountiesThirdStageName = a.district; r.addressDetailInfo = a.detail; r.nationalCode = '';
    } else if (name === 'openSubscribeMessage') {
      r.details = answer.details;
    } else if (name === 'chooseImage') {
      r.localIds = JSON.stringify((answer.images || []).map(function (image) {
        var id = 'weixin://resourceid/' + (++count) + doc;
        images[id] = image.data_url;
        return id;
      }));
      r.sourceType = 'album';
    }
    return r;
  }

  var local = { // after the gateway has said ok
    closeWindow: function () { tell('closeWindow'); },
    hideOptionMenu: function () { tell('optionMenu', { hidden: true, hidden_items: hiddenItems }); },
    showOptionMenu: function () { tell('optionMenu', { hidden: false, hidden_items: hiddenItems }); },
    hideMenuItems: function (p) { items((p.menuList || []).concat(hiddenItems)); },
    showMenuItems: function (p) { items(hiddenItems.filter(function (i) { return (p.menuList || []).indexOf(i) < 0; })); },
    hideAllNonBaseMenuItem: function () { items(['menuItem:share:appMessage', 'menuItem:share:timeline', 'menuItem:copyUrl', 'menuItem:favorite', 'menuItem:openWithSafari']); },
    showAllNonBaseMenuItem: function () { items([]); },
    updateAppMessageShareData: function (p, r) { share('appmessage', p, r); },
    updateTimelineShareData: function (p, r) { share('timeline', p, r); },
    getNetworkType: function (p, r) { r.err_msg = 'network_type:wifi'; },
    getLocalImgData: function (p, r) { r.localData = images[p.localId] || ''; },
  };
  function items(list) {
    hiddenItems = list.filter(function (item, i) { return list.indexOf(item) === i; });
    tell('optionMenu', { hidden: false, hidden_items: hiddenItems });
  }
  function share(scene, p, r) {
    tell('shareData', { scene: scene, title: p.title || document.title, desc: p.desc || '', link: r.share_link, img_url: p.imgUrl ? real(p.imgUrl) : '' });
    delete r.share_link;
  }

  function post(path, body) {
    return nativeFetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }).then(function (r) { return r.json(); });
  }
  function upload(params) {
    return post('/_wx/media', { doc: doc, data_url: images[params.localId] || '' }).then(function (r) {
      return r.media_id ? { err_msg: 'uploadImage:ok', serverId: r.media_id } : { err_msg: 'uploadImage:fail,' + r.message_en };
    });
  }

  function download(params) {
    return nativeFetch('/_wx/media?doc=' + doc + '&server_id=' + encodeURIComponent(params.serverId || '')).then(function (r) { return r.json(); }).then(function (r) {
      if (!r.data_url) return { err_msg: 'downloadImage:fail,' + r.message_en };
      var id = 'weixin://resourceid/' + (++count) + doc;
      images[id] = r.data_url;
      return { err_msg: 'downloadImage:ok', localId: id };
    });
  }

  // Open tags: drawn from their template, they ask the phone when touched.
  var touched = {
    'wx-open-subscribe': function (el) {
      invoke('openSubscribeMessage', { templates: (el.getAttribute('template') || '').split(/[,;]/).filter(Boolean) }, function (r) {
        if (/:ok$/.test(r.err_msg)) el.dispatchEvent(new CustomEvent('success', { bubbles: true, detail: { errMsg: 'subscribe:ok', subscribeDetails: JSON.stringify(r.details || {}) } }));
        else el.dispatchEvent(new CustomEvent('error', { bubbles: true, detail: { errMsg: r.err_msg, errCode: /cancel/.test(r.err_msg) ? '10003' : '10001' } }));
      });
    },
    'wx-open-launch-weapp': function (el) {
      invoke('launchMiniProgram', { appid: el.getAttribute('appid') || '', username: el.getAttribute('username') || '', path: el.getAttribute('path') || '' }, function (r) {
        el.dispatchEvent(new CustomEvent(/:ok$/.test(r.err_msg) ? 'launch' : 'error', { bubbles: true, detail: { errMsg: r.err_msg } }));
      });
    },
  };
  function drawTag(el) {
    if (el.shadowRoot) return;
    var from = el.querySelector('script[type="text/wxtag-template"],template,[slot]');
    var root = el.attachShadow({ mode: 'closed' });
    root.innerHTML = '<style>:host{display:inline-block;cursor:pointer}</style>' + (from ? from.innerHTML : '<slot></slot>');
    el.addEventListener('click', function () { touched[el.localName](el); });
    el.dispatchEvent(new CustomEvent('ready', { bubbles: true }));
  }
  function openTags(names) {
    names.forEach(function (name) {
      if (!touched[name] || !window.customElements || customElements.get(name)) return;
      customElements.define(name, class extends HTMLElement {
        connectedCallback() { var el = this; setTimeout(function () { if (!el.drawn) { el.drawn = true; drawTag(el); } }, 0); }
      });
    });
  }

  function invoke(name, params, callback) {
    if (typeof params === 'function') { callback = params; params = {}; }
    params = params || {};
    var reply = callback || function () {};
    if (name === 'invokeMiniProgramAPI') { // wx.miniProgram.*: needs no wx.config, and answers only inside a mini-program
      if (!site.mini) return void reply({ err_msg: name + ':fail' });
      return void askPhone('miniProgram', { name: params.name, arg: params.arg }).then(function (a) { reply(finish(name, a)); });
    }
    post('/_wx/jsapi', { doc: doc, name: name, url: location.href, params: params }).then(function (answer) {
      var result = answer.result;
      if (answer.ask && result) { // refused, and WeChat itself says why
        askPhone(answer.ask, answer.params);
        return result;
      }
      if (answer.ask) return askPhone(answer.ask, answer.params).then(function (a) { return finish(name, a); });
      if (!result) return { err_msg: name + ':fail' };
      if (!/:ok$/.test(result.err_msg)) return result;
      if (name === 'uploadImage') return upload(params);
      if (name === 'downloadImage') return download(params);
      if (name === 'preVerifyJSAPI') openTags(params.verifyOpenTagList || []);
      if (local[name]) local[name](params, result);
      return result;
    }).catch(function (e) {
      return { err_msg: name + ':fail,' + e.message };
    }).then(reply);
  }

  window.WeixinJSBridge = {
    invoke: invoke,
    call: function (name, params) { invoke(name, params); },
    on: function (name, f) { (listeners[name] = listeners[name] || []).push(f); },
    log: function () {},
  };

  function ready() {
    setTimeout(function () {
      var e = document.createEvent('Event');
      e.initEvent('WeixinJSBridgeReady', true, false);
      document.dispatchEvent(e);
    }, 0);
    report(true);
    new MutationObserver(function () { report(false); }).observe(document.head, { subtree: true, childList: true, characterData: true });
  }
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', ready);
  else ready();
})();
