package sim

import "net/http"

// officialEndpoints lists every official-account call that is offered.
func (s *Server) officialEndpoints() []endpoint {
	list := s.accountEndpoints()
	list = append(list, s.userEndpoints()...)
	list = append(list, s.messageEndpoints()...)
	list = append(list, s.contentEndpoints()...)
	return list
}

func (s *Server) accountEndpoints() []endpoint {
	get, post := http.MethodGet, http.MethodPost
	return []endpoint{
		{Pattern: "/cgi-bin/token", Title: "获取接口调用凭据", Fidelity: Full, serve: s.token},
		{Pattern: "/cgi-bin/stable_token", Title: "获取稳定版接口调用凭据", Fidelity: Full, serve: s.stableToken},
		{Pattern: "/cgi-bin/ticket/getticket", Title: "获取 JS-SDK 临时票据", Fidelity: Partial, Note: "只有 type=jsapi，没有 wx_card", serve: s.withRight(either, anyone, s.ticket)},
		{Pattern: "/cgi-bin/getcallbackip", Title: "获取微信推送服务器 IP", Fidelity: Full, serve: s.withRight(get, anyone, s.callbackIPs)},
		{Pattern: "/cgi-bin/get_api_domain_ip", Title: "获取微信 API 服务器 IP", Fidelity: Full, serve: s.withRight(get, anyone, s.callbackIPs)},
		{Pattern: "/cgi-bin/callback/check", Title: "网络通信检测", Fidelity: Full, Note: "真的解析并连接回调地址；运营商照请求回答", serve: s.withRight(post, anyone, s.callbackCheck)},
		{Pattern: "/cgi-bin/clear_quota", Title: "重置 API 调用次数", Fidelity: Full, serve: s.withRight(post, anyone, s.clearQuota)},
		{Pattern: "/cgi-bin/clear_quota/v2", Title: "使用 AppSecret 重置 API 调用次数", Fidelity: Full, serve: s.clearQuotaV2},
		{Pattern: "/cgi-bin/openapi/quota/get", Title: "查询 API 调用额度", Fidelity: Full, serve: s.withRight(post, anyone, s.quotaGet)},
		{Pattern: "/cgi-bin/openapi/rid/get", Title: "查询 rid 信息", Fidelity: Partial, Note: "记得最近 2000 次被拒绝的调用，重启后忘记", serve: s.withRight(post, anyone, s.ridGet)},
		{Pattern: "/cgi-bin/menu/create", Title: "创建自定义菜单", Fidelity: Full, serve: s.withRight(post, menuRight, s.menuCreate)},
		{Pattern: "/cgi-bin/menu/get", Title: "获取自定义菜单配置", Fidelity: Full, serve: s.withRight(get, menuRight, s.menuGet)},
		{Pattern: "/cgi-bin/menu/delete", Title: "删除自定义菜单", Fidelity: Full, serve: s.withRight(get, menuRight, s.menuDelete)},
		{Pattern: "/cgi-bin/menu/addconditional", Title: "创建个性化菜单", Fidelity: Full, Note: "按标签和客户端平台（模拟手机是 Android）匹配", serve: s.withRight(post, menuRight, s.menuAddConditional)},
		{Pattern: "/cgi-bin/menu/delconditional", Title: "删除个性化菜单", Fidelity: Full, serve: s.withRight(post, menuRight, s.menuDeleteConditional)},
		{Pattern: "/cgi-bin/menu/trymatch", Title: "测试个性化菜单匹配结果", Fidelity: Full, serve: s.withRight(post, menuRight, s.menuTryMatch)},
		{Pattern: "/cgi-bin/get_current_selfmenu_info", Title: "查询自定义菜单信息", Fidelity: Full, serve: s.withRight(get, anyone, s.selfMenu)},
		{Pattern: "/cgi-bin/qrcode/create", Title: "生成带参数二维码", Fidelity: Full, serve: s.withRight(post, serviceOnly, s.qrCreate)},
		{Pattern: "/cgi-bin/shorten/gen", Title: "短 key 托管", Fidelity: Full, serve: s.withRight(post, serviceOnly, s.shortenGen)},
		{Pattern: "/cgi-bin/shorten/fetch", Title: "还原短 key", Fidelity: Full, serve: s.withRight(post, serviceOnly, s.shortenFetch)},
		{Pattern: "/sns/oauth2/access_token", Title: "通过 code 换取网页授权凭据", Fidelity: Full, serve: s.snsToken},
		{Pattern: "/sns/oauth2/refresh_token", Title: "刷新网页授权凭据", Fidelity: Full, serve: s.snsRefresh},
		{Pattern: "/sns/userinfo", Title: "拉取用户信息", Fidelity: Full, serve: s.snsUserInfo},
		{Pattern: "/sns/auth", Title: "检验授权凭据", Fidelity: Full, serve: s.snsAuth},
	}
}

func (s *Server) userEndpoints() []endpoint {
	get, post := http.MethodGet, http.MethodPost
	return []endpoint{
		{Pattern: "/cgi-bin/user/info", Title: "获取用户基本信息", Fidelity: Full, serve: s.withRight(get, verified, s.userInfo)},
		{Pattern: "/cgi-bin/user/info/batchget", Title: "批量获取用户基本信息", Fidelity: Full, serve: s.withRight(post, verified, s.userInfoBatch)},
		{Pattern: "/cgi-bin/user/info/updateremark", Title: "设置用户备注名", Fidelity: Full, serve: s.withRight(post, verified, s.updateRemark)},
		{Pattern: "/cgi-bin/user/get", Title: "获取关注用户列表", Fidelity: Full, serve: s.withRight(get, verified, s.userList)},
		{Pattern: "/cgi-bin/tags/create", Title: "创建标签", Fidelity: Full, serve: s.withRight(post, verified, s.fanTagCreate)},
		{Pattern: "/cgi-bin/tags/get", Title: "获取公众号已创建的标签", Fidelity: Full, serve: s.withRight(get, verified, s.fanTagList)},
		{Pattern: "/cgi-bin/tags/update", Title: "编辑标签", Fidelity: Full, serve: s.withRight(post, verified, s.fanTagUpdate)},
		{Pattern: "/cgi-bin/tags/delete", Title: "删除标签", Fidelity: Full, serve: s.withRight(post, verified, s.fanTagDelete)},
		{Pattern: "/cgi-bin/tags/members/batchtagging", Title: "批量为用户打标签", Fidelity: Full, serve: s.withRight(post, verified, s.tagging(true))},
		{Pattern: "/cgi-bin/tags/members/batchuntagging", Title: "批量为用户取消标签", Fidelity: Full, serve: s.withRight(post, verified, s.tagging(false))},
		{Pattern: "/cgi-bin/tags/getidlist", Title: "获取用户身上的标签列表", Fidelity: Full, serve: s.withRight(post, verified, s.tagsOfFan)},
		{Pattern: "/cgi-bin/user/tag/get", Title: "获取标签下粉丝列表", Fidelity: Full, serve: s.withRight("", verified, s.tagFans)},
		{Pattern: "/cgi-bin/tags/members/getblacklist", Title: "获取公众号的黑名单列表", Fidelity: Full, serve: s.withRight(post, verified, s.blackList)},
		{Pattern: "/cgi-bin/tags/members/batchblacklist", Title: "拉黑用户", Fidelity: Full, serve: s.withRight(post, verified, s.blacken(true))},
		{Pattern: "/cgi-bin/tags/members/batchunblacklist", Title: "取消拉黑用户", Fidelity: Full, serve: s.withRight(post, verified, s.blacken(false))},
		{Pattern: "/datacube/getusersummary", Title: "获取用户增减数据", Fidelity: Full, Note: "从模拟世界真正发生的事数出来", serve: s.datacube(7, s.userSummary)},
		{Pattern: "/datacube/getusercumulate", Title: "获取累计用户数据", Fidelity: Full, serve: s.datacube(7, s.userCumulate)},
		{Pattern: "/datacube/getarticlesummary", Title: "获取图文群发每日数据", Fidelity: Partial, Note: "阅读是真的；分享、收藏和原文阅读为 0", serve: s.datacube(1, s.articleSummary)},
		{Pattern: "/datacube/getuserread", Title: "获取图文统计数据", Fidelity: Partial, Note: "阅读是真的，不分来源；分享、收藏和原文阅读为 0", serve: s.datacube(3, s.userRead)},
		{Pattern: "/datacube/getupstreammsg", Title: "获取消息发送概况数据", Fidelity: Full, serve: s.datacube(7, s.upstream)},
	}
}

func (s *Server) messageEndpoints() []endpoint {
	get, post := http.MethodGet, http.MethodPost
	return []endpoint{
		{Pattern: "/cgi-bin/message/custom/send", Title: "发送客服消息", Fidelity: Partial, Note: "卡券 wxcard 被拒绝；其余类型都送到手机", serve: s.withRight(post, verified, s.customSend)},
		{Pattern: "/cgi-bin/message/custom/typing", Title: "客服输入状态", Fidelity: Full, serve: s.withRight(post, verified, s.customTyping)},
		{Pattern: "/customservice/kfaccount/add", Title: "添加客服账号", Fidelity: Full, serve: s.kf(s.kfAdd)},
		{Pattern: "/customservice/kfaccount/update", Title: "修改客服账号", Fidelity: Full, serve: s.kf(s.kfUpdate)},
		{Pattern: "/customservice/kfaccount/del", Title: "删除客服账号", Fidelity: Full, serve: s.kf(s.kfDelete)},
		{Pattern: "/customservice/kfaccount/inviteworker", Title: "邀请绑定客服账号", Fidelity: Full, Note: "被邀请的人在自己手机的公众号会话里答应", serve: s.kf(s.kfInvite)},
		{Pattern: "/customservice/kfaccount/uploadheadimg", Title: "设置客服账号的头像", Fidelity: Full, Limit: maxUpload, serve: s.withRight(post, verified, s.kfHead)},
		{Pattern: "/cgi-bin/customservice/getkflist", Title: "获取所有客服账号", Fidelity: Full, serve: s.withRight(get, verified, s.kfList)},
		{Pattern: "/cgi-bin/customservice/getonlinekflist", Title: "获取在线客服列表", Fidelity: Partial, Note: "绑定了人的客服总是在线", serve: s.withRight(get, verified, s.kfOnline)},
		{Pattern: "/customservice/kfsession/create", Title: "创建会话", Fidelity: Full, serve: s.withRight(post, verified, s.kfCreate)},
		{Pattern: "/customservice/kfsession/close", Title: "关闭会话", Fidelity: Full, serve: s.withRight(post, verified, s.kfClose)},
		{Pattern: "/customservice/kfsession/getsession", Title: "获取客户会话状态", Fidelity: Full, serve: s.withRight(get, verified, s.kfGet)},
		{Pattern: "/customservice/kfsession/getsessionlist", Title: "获取客服会话列表", Fidelity: Full, serve: s.withRight(get, verified, s.kfSessionList)},
		{Pattern: "/customservice/kfsession/getwaitcase", Title: "获取未接入会话列表", Fidelity: Full, serve: s.withRight(get, verified, s.kfWaiting)},
		{Pattern: "/customservice/msgrecord/getmsglist", Title: "获取聊天记录", Fidelity: Full, serve: s.withRight(post, verified, s.kfRecordList)},
		{Pattern: "/cgi-bin/message/template/send", Title: "发送模板消息", Fidelity: Full, serve: s.withRight(post, serviceOnly, s.templateSend)},
		{Pattern: "/cgi-bin/message/subscribe/bizsend", Title: "发送订阅通知", Fidelity: Partial, Note: "总是到服务通知里；微信对关注者送进服务号会话", serve: s.withRight(post, serviceOnly, s.bizSend)},
		{Pattern: "/cgi-bin/message/template/subscribe", Title: "推送一次性订阅消息", Fidelity: Full, serve: s.withRight(post, serviceOnly, s.templateSubscribe)},
		{Pattern: "/cgi-bin/template/get_all_private_template", Title: "获取已选用模板列表", Fidelity: Full, serve: s.withRight(either, serviceOnly, s.templateList)},
		{Pattern: "/cgi-bin/template/api_add_template", Title: "选用模板", Fidelity: Partial, Note: "认识六个模板；其余随账号给出", serve: s.withRight(post, serviceOnly, s.templateAdd)},
		{Pattern: "/cgi-bin/template/del_private_template", Title: "删除模板", Fidelity: Full, serve: s.withRight(post, serviceOnly, s.templateDelete)},
		{Pattern: "/cgi-bin/template/get_industry", Title: "获取行业信息", Fidelity: Full, serve: s.withRight(either, serviceOnly, s.templateIndustry)},
		{Pattern: "/cgi-bin/template/api_set_industry", Title: "设置所属行业", Fidelity: Full, serve: s.withRight(post, serviceOnly, s.templateSetIndustry)},
		{Pattern: "/wxa/sec/queryblocktmplmsg", Title: "查询拦截的模板消息", Fidelity: Partial, Note: "模拟器不拦截模板消息，列表总是空的", serve: s.withRight(post, serviceOnly, s.templateBlocked)},
		{Pattern: "/cgi-bin/message/mass/sendall", Title: "根据标签进行群发", Fidelity: Partial, Note: "卡券 wxcard 被拒绝；没有原创校验", serve: s.withRight(post, verified, s.massSendAll)},
		{Pattern: "/cgi-bin/message/mass/send", Title: "根据 OpenID 列表群发", Fidelity: Partial, Note: "卡券 wxcard 被拒绝；没有原创校验", serve: s.withRight(post, verified, s.massSend)},
		{Pattern: "/cgi-bin/message/mass/preview", Title: "群发预览", Fidelity: Full, serve: s.withRight(post, verified, s.massPreview)},
		{Pattern: "/cgi-bin/message/mass/delete", Title: "删除群发", Fidelity: Full, serve: s.withRight(post, verified, s.massDelete)},
		{Pattern: "/cgi-bin/message/mass/get", Title: "查询群发状态", Fidelity: Full, serve: s.withRight(post, verified, s.massGet)},
		{Pattern: "/cgi-bin/message/mass/speed/get", Title: "获取群发速度", Fidelity: Full, serve: s.withRight(post, verified, s.massSpeedGet)},
		{Pattern: "/cgi-bin/message/mass/speed/set", Title: "设置群发速度", Fidelity: Recorded, Note: "记下来；群发总在一秒后送达", serve: s.withRight(post, verified, s.massSpeedSet)},
	}
}

func (s *Server) contentEndpoints() []endpoint {
	get, post := http.MethodGet, http.MethodPost
	return []endpoint{
		{Pattern: "/cgi-bin/media/upload", Title: "上传临时素材", Fidelity: Full, Limit: maxUpload, serve: s.withRight(post, anyone, s.mediaUpload)},
		{Pattern: "/cgi-bin/media/uploadimg", Title: "上传图文消息图片", Fidelity: Full, Limit: maxUpload, serve: s.withRight(post, anyone, s.mediaUploadImage)},
		{Pattern: "/cgi-bin/media/get", Title: "获取临时素材", Fidelity: Full, Limit: maxUpload, serve: s.withRight(get, anyone, s.mediaGet)},
		{Pattern: "/cgi-bin/material/add_material", Title: "上传永久素材", Fidelity: Full, Limit: maxUpload, serve: s.withRight(post, verified, s.materialAdd)},
		{Pattern: "/cgi-bin/material/get_material", Title: "获取永久素材", Fidelity: Full, serve: s.withRight(post, verified, s.materialGet)},
		{Pattern: "/cgi-bin/material/del_material", Title: "删除永久素材", Fidelity: Full, serve: s.withRight(post, verified, s.materialDelete)},
		{Pattern: "/cgi-bin/material/get_materialcount", Title: "获取永久素材总数", Fidelity: Full, Note: "图文在草稿箱里，news_count 总是 0", serve: s.withRight(either, verified, s.materialCount)},
		{Pattern: "/cgi-bin/material/batchget_material", Title: "获取永久素材列表", Fidelity: Full, Note: "图文在草稿箱里，type=news 总是空的", serve: s.withRight(post, verified, s.materialList)},
		{Pattern: "/cgi-bin/draft/add", Title: "新建草稿", Fidelity: Full, Note: "正文里的脚本和外站图片被去掉", Limit: 9 << 20, serve: s.withRight(post, verified, s.draftAdd)},
		{Pattern: "/cgi-bin/draft/get", Title: "获取草稿", Fidelity: Full, serve: s.withRight(post, verified, s.draftGet)},
		{Pattern: "/cgi-bin/draft/delete", Title: "删除草稿", Fidelity: Full, serve: s.withRight(post, verified, s.draftDelete)},
		{Pattern: "/cgi-bin/draft/update", Title: "修改草稿", Fidelity: Full, Limit: 2 << 20, serve: s.withRight(post, verified, s.draftUpdate)},
		{Pattern: "/cgi-bin/draft/batchget", Title: "获取草稿列表", Fidelity: Full, serve: s.withRight(post, verified, s.draftList)},
		{Pattern: "/cgi-bin/draft/count", Title: "获取草稿总数", Fidelity: Full, serve: s.withRight(get, verified, s.draftCount)},
		{Pattern: "/cgi-bin/draft/switch", Title: "草稿箱开关设置", Fidelity: Full, Note: "总是打开的", serve: s.withRight(post, verified, s.draftSwitch)},
		{Pattern: "/cgi-bin/freepublish/submit", Title: "发布草稿", Fidelity: Full, Note: "一秒后发布成功；没有原创和内容审核", serve: s.withRight(post, verified, s.publishSubmit)},
		{Pattern: "/cgi-bin/freepublish/get", Title: "发布状态查询", Fidelity: Full, serve: s.withRight(post, verified, s.publishGet)},
		{Pattern: "/cgi-bin/freepublish/getarticle", Title: "获取已发布图文信息", Fidelity: Full, serve: s.withRight(post, verified, s.publishArticle)},
		{Pattern: "/cgi-bin/freepublish/batchget", Title: "获取已发布的消息列表", Fidelity: Full, serve: s.withRight(post, verified, s.publishList)},
		{Pattern: "/cgi-bin/freepublish/delete", Title: "删除发布文章", Fidelity: Full, serve: s.withRight(post, verified, s.publishDelete)},
	}
}
