(function(){
"use strict";
var box=document.getElementById("cari"),word=document.getElementById("kata"),out=document.getElementById("jumlah");
var groups=document.querySelectorAll("#t-laporan~tbody");
if(!box||!word||!groups.length){return;}
box.hidden=false;
word.addEventListener("input",function(){
var wanted=word.value.toLowerCase(),found=0;
groups.forEach(function(group){
var shown=0;
group.querySelectorAll("tr").forEach(function(row){
if(row.cells.length<2){return;}
var hit=row.cells[0].textContent.toLowerCase().indexOf(wanted)>=0;
row.hidden=!hit;
if(hit){shown+=1;}
});
group.hidden=shown===0;
found+=shown;
});
out.textContent=wanted?found+" "+box.getAttribute("data-unit"):"";
});
})();
