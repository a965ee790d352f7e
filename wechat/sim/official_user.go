package sim

import (
	"net/http"
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
		Tags: append([]int{}, f.Tags...), Scene: f.Scene, QRScene: f.QRScene, QRSceneStr: f.QRSceneStr}
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
	from := c.r.URL.Query().Get("next_openid")
	if from != "" && c.fanOf(from) == nil {
		return
	}
	c.openIDPage(s.fansWith(c.app.AppID, func(f *fan) bool { return f.Subscribed && !f.Black }), from, true)
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

// unknownCall answers what is not offered, so that nobody takes silence for success.
func (s *Server) unknownCall(c *call) {
	path := strings.SplitN(c.r.URL.Path, "?", 2)[0]
	c.status = http.StatusNotFound
	c.fail(40066, "invalid url: the pocket WeChat does not offer "+c.r.Method+" "+path)
}
