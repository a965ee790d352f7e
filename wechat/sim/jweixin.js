// The JS-SDK of the pocket WeChat: the same global wx as res.wx.qq.com/open/js/jweixin-1.6.0.js, over WeixinJSBridge.
(function (root, make) {
  if (typeof module === 'object' && module.exports) module.exports = make(root);
  else if (typeof define === 'function' && define.amd) define(function () { return make(root); });
  else if (!root.jWeixin) root.wx = root.jWeixin = make(root);
})(typeof window === 'undefined' ? {} : window, function (root) {
  'use strict';
  // What the bridge calls a JSAPI, where it differs from the SDK's name.
  var bridgeNames = {
    onMenuShareTimeline: 'menu:share:timeline', onMenuShareAppMessage: 'menu:share:appmessage', onMenuShareQQ: 'menu:share:qq',
    onMenuShareWeibo: 'menu:share:weiboApp', onMenuShareQZone: 'menu:share:QZone', previewImage: 'imagePreview', getLocation: 'geoLocation',
    chooseWXPay: 'getBrandWCPayRequest', openAddress: 'editAddress', addCard: 'batchAddCard', openCard: 'batchViewCard',
  };
  var doc = root.document;
  var settings = {};
  var state = { done: false, failed: null };
  var readies = [];
  var onError = null;

  function nameOf(api) { return bridgeNames[api] || api; }
  function withBridge(f) {
    if (root.WeixinJSBridge) f(root.WeixinJSBridge);
    else if (doc) doc.addEventListener('WeixinJSBridgeReady', function () { f(root.WeixinJSBridge); }, false);
  }
  function identity() {
    return { verifyAppId: settings.appId, verifySignType: 'sha1', verifyTimestamp: String(settings.timestamp || ''), verifyNonceStr: settings.nonceStr, verifySignature: settings.signature };
  }
  function merge(a, b) {
    var out = {};
    [a, b].forEach(function (part) { for (var k in part || {}) if (part[k] !== undefined) out[k] = part[k]; });
    return out;
  }

  // The answer in the SDK's words: errMsg with the SDK's name, then success, cancel or fail, then complete.
  function settle(api, options, answer) {
    var text = String(answer.err_msg || answer.errMsg || api + ':fail');
    var end = text.slice(text.indexOf(':') + 1);
    if (api === 'config' && end.indexOf('fail') !== 0 && end !== 'ok') end = 'fail,' + end;
    delete answer.err_msg;
    answer.errMsg = api + ':' + (end === 'confirm' ? 'ok' : end);
    if (settings.debug && root.console) root.console.log(api, answer);
    if (/^ok/.test(end) || end === 'confirm') { if (options.success) options.success(answer); }
    else if (/^cancel/.test(end)) { if (options.cancel) options.cancel(answer); else if (options.fail) options.fail(answer); }
    else if (options.fail) options.fail(answer);
    if (options.complete) options.complete(answer);
  }
  function invoke(api, params, options, change) {
    options = options || {};
    withBridge(function (bridge) {
      bridge.invoke(nameOf(api), merge(params, identity()), function (answer) {
        answer = answer || {};
        if (change && /:ok$/.test(String(answer.err_msg))) change(answer);
        settle(api, options, answer);
      });
    });
  }
  function parsed(value) {
    try { return typeof value === 'string' ? JSON.parse(value) : value; } catch (e) { return value; }
  }

  function menuShare(api, call, fields) {
    return function (options) {
      withBridge(function (bridge) {
        bridge.on(nameOf(api), function () {
          if (options.trigger) options.trigger({ errMsg: api + ':ok' });
          var params = {};
          fields(options, params);
          bridge.invoke(call, merge(params, identity()), function (answer) { settle(api, options, answer || {}); });
        });
      });
      settle(api, { success: options.complete ? undefined : undefined }, { err_msg: api + ':ok' });
    };
  }
  function card(o, p) {
    p.title = o.title || (doc && doc.title); p.desc = o.desc || ''; p.img_url = o.imgUrl || ''; p.link = o.link || root.location.href;
    p.type = o.type || 'link'; p.data_url = o.dataUrl || '';
  }
  function plain(api, make) {
    return function (options) {
      options = options || {};
      invoke(api, make ? make(options) : {}, options);
    };
  }

  var wx = {
    config: function (given) {
      settings = given || {};
      state = { done: false, failed: null };
      var tell = { success: function () { state.done = true; readies.splice(0).forEach(function (f) { f(); }); }, fail: function (r) { state.failed = r; if (onError) onError(r); } };
      withBridge(function (bridge) {
        bridge.invoke('preVerifyJSAPI', merge(identity(), {
          verifyJsApiList: (settings.jsApiList || []).map(nameOf), verifyOpenTagList: settings.openTagList || [],
        }), function (answer) { settle('config', tell, answer || {}); });
      });
    },
    ready: function (f) { if (state.done) f(); else readies.push(f); },
    error: function (f) { onError = f; if (state.failed) f(state.failed); },
    checkJsApi: function (o) {
      invoke('checkJsApi', { jsApiList: (o.jsApiList || []).map(nameOf) }, o, function (r) {
        var byBridge = parsed(r.checkResult) || {};
        r.checkResult = {};
        (o.jsApiList || []).forEach(function (api) { r.checkResult[api] = !!byBridge[nameOf(api)]; });
      });
    },
    invoke: function (api, params, done) { withBridge(function (b) { b.invoke(api, merge(params, identity()), done); }); },
    on: function (name, f) { withBridge(function (b) { b.on(name, f); }); },

    onMenuShareAppMessage: menuShare('onMenuShareAppMessage', 'sendAppMessage', card),
    onMenuShareTimeline: menuShare('onMenuShareTimeline', 'shareTimeline', card),
    onMenuShareQQ: menuShare('onMenuShareQQ', 'shareQQ', card),
    onMenuShareWeibo: menuShare('onMenuShareWeibo', 'shareWeiboApp', card),
    onMenuShareQZone: menuShare('onMenuShareQZone', 'shareQZone', card),
    updateAppMessageShareData: plain('updateAppMessageShareData', function (o) { return { title: o.title, desc: o.desc, link: o.link, imgUrl: o.imgUrl }; }),
    updateTimelineShareData: plain('updateTimelineShareData', function (o) { return { title: o.title, link: o.link, imgUrl: o.imgUrl }; }),

    chooseImage: function (o) {
      o = o || {};
      invoke('chooseImage', { scene: '1|2', count: o.count || 9, sizeType: o.sizeType || ['original', 'compressed'], sourceType: o.sourceType || ['album', 'camera'] }, o,
        function (r) { r.localIds = parsed(r.localIds); });
    },
    previewImage: plain('previewImage', function (o) { return { current: o.current, urls: o.urls }; }),
    uploadImage: plain('uploadImage', function (o) { return { localId: o.localId, isShowProgressTips: o.isShowProgressTips === 0 ? 0 : 1 }; }),
    downloadImage: plain('downloadImage', function (o) { return { serverId: o.serverId, isShowProgressTips: o.isShowProgressTips === 0 ? 0 : 1 }; }),
    getLocalImgData: plain('getLocalImgData', function (o) { return { localId: o.localId }; }),

    getNetworkType: function (o) {
      o = o || {};
      withBridge(function (b) {
        b.invoke('getNetworkType', identity(), function (r) {
          var kind = String((r && r.err_msg) || '').split(':')[1] || 'fail';
          settle('getNetworkType', o, /fail/.test(kind) ? { err_msg: 'getNetworkType:fail' } : { err_msg: 'getNetworkType:ok', networkType: kind.replace('fail', 'none') });
        });
      });
    },
    getLocation: plain('getLocation', function (o) { return { type: o.type || 'wgs84' }; }),
    openLocation: plain('openLocation', function (o) { return { latitude: o.latitude, longitude: o.longitude, name: o.name || '', address: o.address || '', scale: o.scale || 28, infoUrl: o.infoUrl || '' }; }),

    hideOptionMenu: plain('hideOptionMenu'),
    showOptionMenu: plain('showOptionMenu'),
    closeWindow: plain('closeWindow'),
    hideMenuItems: plain('hideMenuItems', function (o) { return { menuList: o.menuList }; }),
    showMenuItems: plain('showMenuItems', function (o) { return { menuList: o.menuList }; }),
    hideAllNonBaseMenuItem: plain('hideAllNonBaseMenuItem'),
    showAllNonBaseMenuItem: plain('showAllNonBaseMenuItem'),

    scanQRCode: plain('scanQRCode', function (o) { return { needResult: o.needResult || 0, scanType: o.scanType || ['qrCode', 'barCode'] }; }),
    openAddress: function (o) {
      o = o || {};
      invoke('openAddress', {}, o, function (r) {
        r.postalCode = r.addressPostalCode; r.provinceName = r.proviceFirstStageName; r.cityName = r.addressCitySecondStageName;
        r.countryName = r.countyName = r.addressCountiesThirdStageName; r.detailInfo = r.addressDetailInfo;
        ['addressPostalCode', 'proviceFirstStageName', 'addressCitySecondStageName', 'addressCountiesThirdStageName', 'addressDetailInfo'].forEach(function (k) { delete r[k]; });
      });
    },
    chooseWXPay: function (o) {
      withBridge(function (b) {
        b.invoke('getBrandWCPayRequest', { appId: settings.appId, timeStamp: String(o.timestamp || o.timeStamp || ''), nonceStr: o.nonceStr, 'package': o['package'], paySign: o.paySign, signType: o.signType || 'SHA1', verifyAppId: settings.appId },
          function (r) { settle('chooseWXPay', o, r || {}); });
      });
    },
    miniProgram: {
      getEnv: function (f) { f({ miniprogram: root.__wxjs_environment === 'miniprogram' }); },
    },
  };
  ['navigateTo', 'navigateBack', 'switchTab', 'reLaunch', 'redirectTo', 'postMessage'].forEach(function (api) {
    wx.miniProgram[api] = function (o) {
      o = o || {};
      withBridge(function (b) { b.invoke('invokeMiniProgramAPI', { name: api, arg: { url: o.url, delta: o.delta, data: o.data } }, function (r) { settle(api, o, r || {}); }); });
    };
  });
  // Known to WeChat, not to the pocket: they answer a failure that says so.
  ['startRecord', 'stopRecord', 'onVoiceRecordEnd', 'playVoice', 'pauseVoice', 'stopVoice', 'onVoicePlayEnd', 'uploadVoice', 'downloadVoice', 'translateVoice',
    'openProductSpecificView', 'addCard', 'chooseCard', 'openCard', 'consumeAndShareCard', 'openEnterpriseRedPacket', 'startSearchBeacons', 'stopSearchBeacons', 'onSearchBeacons'].forEach(function (api) {
    wx[api] = plain(api, function (o) { return o; });
  });

  // Pictures chosen in the phone are shown by their local id.
  if (doc) {
    doc.addEventListener('error', function (e) {
      var image = e.target;
      if (!image || image.tagName !== 'IMG' || !/^(wxlocalresource|weixin):\/\//.test(image.src || '') || image.getAttribute('data-wx-tried')) return;
      image.setAttribute('data-wx-tried', '1');
      wx.getLocalImgData({ localId: image.src, success: function (r) { image.src = r.localData; } });
    }, true);
  }
  return wx;
});
