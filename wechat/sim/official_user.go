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

// officialRoutes lists every official-account call that is offered.
func (s *Server) officialRoutes() map[string]func(*call) {
	get, post := http.MethodGet, http.MethodPost
	return map[string]func(*call){
		"/cgi-bin/token":                             s.token,
		"/cgi-bin/stable_token":                      s.stableToken,
		"/cgi-bin/ticket/getticket":                  s.withToken(get, false, s.ticket),
		"/cgi-bin/getcallbackip":                     s.withToken(get, false, s.callbackIPs),
		"/cgi-bin/get_api_domain_ip":                 s.withToken(get, false, s.callbackIPs),
		"/cgi-bin/clear_quota":                       s.withToken(post, false, s.clearQuota),
		"/cgi-bin/menu/create":                       s.withToken(post, false, s.menuCreate),
		"/cgi-bin/menu/get":                          s.withToken(get, false, s.menuGet),
		"/cgi-bin/menu/delete":                       s.withToken(get, false, s.menuDelete),
		"/cgi-bin/get_current_selfmenu_info":         s.withToken(get, false, s.selfMenu),
		"/cgi-bin/qrcode/create":                     s.withToken(post, true, s.qrCreate),
		"/cgi-bin/user/info":                         s.withToken(get, true, s.userInfo),
		"/cgi-bin/user/info/batchget":                s.withToken(post, true, s.userInfoBatch),
		"/cgi-bin/user/info/updateremark":            s.withToken(post, true, s.updateRemark),
		"/cgi-bin/user/get":                          s.withToken(get, true, s.userList),
		"/cgi-bin/message/custom/send":               s.withToken(post, true, s.customSend),
		"/cgi-bin/message/custom/typing":             s.withToken(post, true, s.customTyping),
		"/cgi-bin/message/template/send":             s.withToken(post, true, s.templateSend),
		"/cgi-bin/template/get_all_private_template": s.withToken(get, true, s.templateList),
		"/cgi-bin/template/api_add_template":         s.withToken(post, true, s.templateAdd),
		"/cgi-bin/template/del_private_template":     s.withToken(post, true, s.templateDelete),
		"/cgi-bin/template/get_industry":             s.withToken(get, true, s.templateIndustry),
		"/cgi-bin/template/api_set_industry":         s.withToken(post, true, s.templateSetIndustry),
		"/cgi-bin/media/upload":                      s.withToken(post, false, s.mediaUpload),
		"/cgi-bin/media/uploadimg":                   s.withToken(post, false, s.mediaUploadImage),
		"/cgi-bin/media/get":                         s.withToken(get, false, s.mediaGet),
		"/sns/oauth2/access_token":                   s.snsToken,
		"/sns/oauth2/refresh_token":                  s.snsRefresh,
		"/sns/userinfo":                              s.snsUserInfo,
		"/sns/auth":                                  s.snsAuth,
	}
}

// unknownCall answers what is not offered, so that nobody takes silence for success.
func (s *Server) unknownCall(c *call) {
	path := strings.SplitN(c.r.URL.Path, "?", 2)[0]
	c.status = http.StatusNotFound
	c.fail(40066, "invalid url: the pocket WeChat does not offer "+c.r.Method+" "+path)
}
