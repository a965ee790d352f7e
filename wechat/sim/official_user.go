package sim

import (
	"net/http"
	"slices"
	"sort"
	"strings"
)

const usersPerPage = 10_000

type userInfo struct {
	Subscribe  int    `json:"subscribe"`
	OpenID     string `json:"openid"`
	Language   string `json:"language,omitempty"`
	Since      int64  `json:"subscribe_time,omitempty"`
	UnionID    string `json:"unionid,omitempty"`
	Remark     string `json:"remark"`
	GroupID    int    `json:"groupid"`
	Tags       []int  `json:"tagid_list"`
	Scene      string `json:"subscribe_scene"`
	QRScene    int64  `json:"qr_scene"`
	QRSceneStr string `json:"qr_scene_str"`
}

// fanOf finds the fan of an openid in the account of the call; on failure it has answered. The caller holds mu.
func (c *call) fanOf(openID string) *fan {
	f := c.s.world.openids[openID]
	if f == nil || f.AppID != c.app.AppID {
		c.fail(40003, "invalid openid")
		return nil
	}
	c.entry.Person = f.Person
	return f
}

func (s *Server) userInfo(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := c.fanOf(c.r.URL.Query().Get("openid")); f != nil {
		c.ok(s.infoOf(c.app, f))
	}
}

func (s *Server) infoOf(a *account, f *fan) any {
	if !f.Subscribed {
		short := map[string]any{"subscribe": 0, "openid": f.OpenID}
		if id := s.unionID(a, f.Person); id != "" {
			short["unionid"] = id
		}
		return short
	}
	return userInfo{Subscribe: 1, OpenID: f.OpenID, Language: "zh_CN", Since: f.Since.Unix(), UnionID: s.unionID(a, f.Person), Remark: f.Remark,
		Tags: []int{}, Scene: f.Scene, QRScene: f.QRScene, QRSceneStr: f.QRSceneStr}
}

func (s *Server) userInfoBatch(c *call) {
	var in struct {
		List []struct {
			OpenID string `json:"openid"`
		} `json:"user_list"`
	}
	if !c.json(&in) {
		return
	}
	if len(in.List) < 1 || len(in.List) > 100 {
		c.fail(40032, "invalid openid list size")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]any, 0, len(in.List))
	for _, u := range in.List {
		f := c.fanOf(u.OpenID)
		if f == nil {
			return
		}
		list = append(list, s.infoOf(c.app, f))
	}
	c.ok(map[string]any{"user_info_list": list})
}

func (s *Server) userList(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []string{}
	for _, f := range s.world.fans {
		if f.AppID == c.app.AppID && f.Subscribed {
			all = append(all, f.OpenID)
		}
	}
	slices.Sort(all)
	total := len(all)
	if from := c.r.URL.Query().Get("next_openid"); from != "" {
		if c.fanOf(from) == nil {
			return
		}
		all = all[sort.Search(len(all), func(i int) bool { return all[i] > from }):]
	}
	all = all[:min(len(all), usersPerPage)]
	answer := map[string]any{"total": total, "count": len(all), "next_openid": ""}
	if len(all) > 0 {
		answer["data"] = map[string]any{"openid": all}
		answer["next_openid"] = all[len(all)-1]
	}
	c.ok(answer)
}

func (s *Server) updateRemark(c *call) {
	var in struct {
		OpenID string `json:"openid"`
		Remark string `json:"remark"`
	}
	if !c.json(&in) {
		return
	}
	if len([]rune(in.Remark)) >= 30 {
		c.fail(45159, "remark is too long")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := c.fanOf(in.OpenID); f != nil {
		f.Remark = in.Remark
		s.touchFan(f)
		c.ok(apiOK)
	}
}

// officialEndpoints lists every official-account call that is offered.
func (s *Server) officialEndpoints() []endpoint {
	get, post := http.MethodGet, http.MethodPost
	return []endpoint{
		{Pattern: "/cgi-bin/token", Title: "获取接口调用凭据", Fidelity: Full, serve: s.token},
		{Pattern: "/cgi-bin/stable_token", Title: "获取稳定版接口调用凭据", Fidelity: Full, serve: s.stableToken},
		{Pattern: "/cgi-bin/ticket/getticket", Title: "获取 JS-SDK 临时票据", Fidelity: Full, serve: s.withToken(get, false, s.ticket)},
		{Pattern: "/cgi-bin/getcallbackip", Title: "获取微信推送服务器 IP", Fidelity: Full, serve: s.withToken(get, false, s.callbackIPs)},
		{Pattern: "/cgi-bin/get_api_domain_ip", Title: "获取微信 API 服务器 IP", Fidelity: Full, serve: s.withToken(get, false, s.callbackIPs)},
		{Pattern: "/cgi-bin/clear_quota", Title: "重置 API 调用次数", Fidelity: Partial, Note: "没有每月次数的限制", serve: s.withToken(post, false, s.clearQuota)},
		{Pattern: "/cgi-bin/menu/create", Title: "创建自定义菜单", Fidelity: Full, serve: s.withToken(post, false, s.menuCreate)},
		{Pattern: "/cgi-bin/menu/get", Title: "获取自定义菜单配置", Fidelity: Full, serve: s.withToken(get, false, s.menuGet)},
		{Pattern: "/cgi-bin/menu/delete", Title: "删除自定义菜单", Fidelity: Full, serve: s.withToken(get, false, s.menuDelete)},
		{Pattern: "/cgi-bin/get_current_selfmenu_info", Title: "查询自定义菜单信息", Fidelity: Full, serve: s.withToken(get, false, s.selfMenu)},
		{Pattern: "/cgi-bin/qrcode/create", Title: "生成带参数二维码", Fidelity: Full, serve: s.withToken(post, true, s.qrCreate)},
		{Pattern: "/cgi-bin/user/info", Title: "获取用户基本信息", Fidelity: Full, serve: s.withToken(get, true, s.userInfo)},
		{Pattern: "/cgi-bin/user/info/batchget", Title: "批量获取用户基本信息", Fidelity: Full, serve: s.withToken(post, true, s.userInfoBatch)},
		{Pattern: "/cgi-bin/user/info/updateremark", Title: "设置用户备注名", Fidelity: Full, serve: s.withToken(post, true, s.updateRemark)},
		{Pattern: "/cgi-bin/user/get", Title: "获取关注用户列表", Fidelity: Full, serve: s.withToken(get, true, s.userList)},
		{Pattern: "/cgi-bin/message/custom/send", Title: "发送客服消息", Fidelity: Full, serve: s.withToken(post, true, s.customSend)},
		{Pattern: "/cgi-bin/message/custom/typing", Title: "客服输入状态", Fidelity: Full, serve: s.withToken(post, true, s.customTyping)},
		{Pattern: "/cgi-bin/message/template/send", Title: "发送模板消息", Fidelity: Full, serve: s.withToken(post, true, s.templateSend)},
		{Pattern: "/cgi-bin/template/get_all_private_template", Title: "获取已选用模板列表", Fidelity: Full, serve: s.withToken(get, true, s.templateList)},
		{Pattern: "/cgi-bin/template/api_add_template", Title: "选用模板", Fidelity: Partial, Note: "认识六个模板；其余随账号给出", serve: s.withToken(post, true, s.templateAdd)},
		{Pattern: "/cgi-bin/template/del_private_template", Title: "删除模板", Fidelity: Full, serve: s.withToken(post, true, s.templateDelete)},
		{Pattern: "/cgi-bin/template/get_industry", Title: "获取行业信息", Fidelity: Full, serve: s.withToken(get, true, s.templateIndustry)},
		{Pattern: "/cgi-bin/template/api_set_industry", Title: "设置所属行业", Fidelity: Full, serve: s.withToken(post, true, s.templateSetIndustry)},
		{Pattern: "/cgi-bin/media/upload", Title: "上传临时素材", Fidelity: Full, Limit: maxUpload, serve: s.withToken(post, false, s.mediaUpload)},
		{Pattern: "/cgi-bin/media/uploadimg", Title: "上传图文消息图片", Fidelity: Full, Limit: maxUpload, serve: s.withToken(post, false, s.mediaUploadImage)},
		{Pattern: "/cgi-bin/media/get", Title: "获取临时素材", Fidelity: Full, Limit: maxUpload, serve: s.withToken(get, false, s.mediaGet)},
		{Pattern: "/sns/oauth2/access_token", Title: "通过 code 换取网页授权凭据", Fidelity: Full, serve: s.snsToken},
		{Pattern: "/sns/oauth2/refresh_token", Title: "刷新网页授权凭据", Fidelity: Full, serve: s.snsRefresh},
		{Pattern: "/sns/userinfo", Title: "拉取用户信息", Fidelity: Full, serve: s.snsUserInfo},
		{Pattern: "/sns/auth", Title: "检验授权凭据", Fidelity: Full, serve: s.snsAuth},
	}
}

// unknownCall answers what is not offered, so that nobody takes silence for success.
func (s *Server) unknownCall(c *call) {
	path := strings.SplitN(c.r.URL.Path, "?", 2)[0]
	c.status = http.StatusNotFound
	c.fail(40066, "invalid url: the pocket WeChat does not offer "+c.r.Method+" "+path)
}
